package io.nestwalk.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.fleet.table.Table;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster of JVMs on this machine: a master and two workers, one of which is killed. */
class ClusterTest {

  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Path SAMPLES =
      Path.of(System.getProperty("nestwalk.root", ".."), "samples").toAbsolutePath().normalize();
  private static final Map<String, String> SETTINGS =
      Map.of(
          "spark.ui.enabled", "false",
          "spark.io.compression.codec", "zstd",
          "spark.driver.host", "127.0.0.1",
          "spark.executor.memory", "1g",
          "spark.executor.cores", "1",
          "spark.cores.max", "2",
          "spark.locality.wait", "0");

  /** Names of images, with how many copies there are of each sample. */
  private static final Map<String, Integer> COPIES =
      Map.of("kvm-npt%s.elf.zst", 2, "tinyos%s.raw.zst", 6);

  @TempDir Path folder;
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void end() throws Exception {
    SETTINGS.keySet().forEach(System::clearProperty);
    List.of("spark.master", "spark.executor.extraClassPath").forEach(System::clearProperty);
    for (Process process : processes) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void losesNothingWhenAWorkerIsKilled() throws Exception {
    Path images = Files.createDirectory(folder.resolve("images"));
    for (Map.Entry<String, Integer> each : COPIES.entrySet()) {
      for (int i = 0; i < each.getValue(); i++) {
        Files.createSymbolicLink(
            images.resolve(each.getKey().formatted(i)),
            SAMPLES.resolve(each.getKey().formatted("")));
      }
    }
    // Each of the two images alone: the copies have the same rows.
    Path alone = folder.resolve("alone");
    SETTINGS.forEach(System::setProperty);
    for (String name : COPIES.keySet()) {
      run("local[2]", images.resolve(name.formatted(0)), alone);
    }

    int port = freePort();
    String master = "spark://127.0.0.1:" + port;
    start(
        "org.apache.spark.deploy.master.Master",
        "--host",
        "127.0.0.1",
        "--port",
        "" + port,
        "--webui-port",
        "" + freePort());
    await(() -> listens(port));
    Process first = worker(master, "first");
    worker(master, "second");
    System.setProperty("spark.executor.extraClassPath", classPath());
    Path out = folder.resolve("clustered");
    CompletableFuture<Void> job =
        CompletableFuture.runAsync(
            () -> assertThat(run(master, images, out)).contains("8 images: 8 done, 0 failed"));
    await(() -> job.isDone() || Files.isDirectory(out.resolve("images")));
    assertThat(job).as("the job is at work when a worker is killed").isNotDone();
    first.descendants().forEach(ProcessHandle::destroyForcibly);
    first.destroyForcibly();
    job.get(5, TimeUnit.MINUTES);

    assertThat(new Tables(out).files()).hasSize(8 * (1 + Table.contents().size()));
    for (Map.Entry<String, Integer> each : COPIES.entrySet()) {
      for (Table table : List.of(Table.MACHINES, Table.PROCESSES, Table.FINDINGS)) {
        List<String> rows = sorted(alone, table, images.resolve(each.getKey().formatted(0)));
        assertThat(rows.isEmpty())
            .isEqualTo(
                table == Table.FINDINGS
                    || (table == Table.PROCESSES && each.getKey().startsWith("tiny")));
        for (int i = 0; i < each.getValue(); i++) {
          Path image = images.resolve(each.getKey().formatted(i));
          assertThat(sorted(out, table, image)).as(image + " " + table).isEqualTo(rows);
        }
      }
    }
  }

  private static List<String> sorted(Path out, Table table, Path image) throws Exception {
    System.setProperty("spark.master", "local[2]");
    return new Tables(out)
        .rows(table, "file:" + image).stream().map(Object::toString).sorted().toList();
  }

  private static String run(String master, Path images, Path out) {
    return Job.run(master, List.of("--images", "file:" + images, "--out", "file:" + out));
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
    try (java.net.Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static void await(java.util.function.BooleanSupplier condition) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited too long").isLessThan(end);
      Thread.sleep(100);
    }
  }
}
