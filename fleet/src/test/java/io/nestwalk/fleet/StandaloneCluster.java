package io.nestwalk.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/**
 * A cluster of JVMs on this machine: a master and two workers of one core each. While it is there,
 * a job that names its master runs in it.
 */
final class StandaloneCluster implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** The JVMs live for seconds: a second compiler and a collector's threads only take time. */
  private static final List<String> SHORT_LIVED =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  private static final Map<String, String> SETTINGS =
      Map.of(
          "spark.ui.enabled", "false",
          "spark.io.compression.codec", "zstd",
          "spark.driver.host", "127.0.0.1",
          "spark.executor.memory", "1g",
          "spark.executor.cores", "1",
          "spark.cores.max", "2",
          "spark.locality.wait", "0",
          "spark.executor.extraJavaOptions", String.join(" ", SHORT_LIVED),
          "spark.executor.extraClassPath", classPath());

  private final Path folder;
  private final List<Process> processes = new ArrayList<>();
  private final int port = freePort();
  private final Process first;

  /** Starts it, with its logs and its workers' files in a folder. */
  StandaloneCluster(Path folder) throws Exception {
    this.folder = folder;
    SETTINGS.forEach(System::setProperty);
    start(
        "org.apache.spark.deploy.master.Master",
        "--host",
        "127.0.0.1",
        "--port",
        "" + port,
        "--webui-port",
        "" + freePort());
    await(() -> listens(port));
    first = worker(master(), "first");
    worker(master(), "second");
  }

  /** The address for jobs. */
  String master() {
    return "spark://127.0.0.1:" + port;
  }

  /** Kills a worker and its executors. */
  void killWorker() {
    first.descendants().forEach(ProcessHandle::destroyForcibly);
    first.destroyForcibly();
  }

  /** Waits until something is so. */
  static void await(BooleanSupplier condition) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited too long").isLessThan(end);
      Thread.sleep(100);
    }
  }

  @Override
  public void close() {
    SETTINGS.keySet().forEach(System::clearProperty);
    System.clearProperty("spark.master");
    for (Process process : processes) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().onExit().orTimeout(20, TimeUnit.SECONDS).join();
    }
  }

  private Process worker(String master, String name) throws Exception {
    return start(
        "org.apache.spark.deploy.worker.Worker",
        "--host",
        "127.0.0.1",
        "--cores",
        "1",
        "--memory",
        "1g",
        "--webui-port",
        "" + freePort(),
        "--work-dir",
        folder.resolve(name).toString(),
        master);
  }

  /** The jars and folders of this test, as a process in another folder finds them. */
  private static String classPath() {
    List<String> parts = new ArrayList<>();
    Pattern.compile(File.pathSeparator)
        .splitAsStream(System.getProperty("java.class.path"))
        .forEach(part -> parts.add(Path.of(part).toAbsolutePath().toString()));
    return String.join(File.pathSeparator, parts);
  }

  private Process start(String main, String... arguments) throws IOException {
    Path home = Files.createDirectories(folder.resolve("spark/jars")).getParent();
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(SHORT_LIVED);
    command.addAll(List.of(org.apache.spark.launcher.JavaModuleOptions.defaultModuleOptionArray()));
    SETTINGS.forEach((key, value) -> command.add("-D%s=%s".formatted(key, value)));
    command.addAll(List.of("-Xmx256m", "-cp", classPath(), main));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("SPARK_HOME", home.toString());
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.redirectErrorStream(true);
    builder.redirectOutput(folder.resolve(main + processes.size() + ".log").toFile());
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }
}
