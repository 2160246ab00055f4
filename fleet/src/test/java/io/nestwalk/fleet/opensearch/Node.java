package io.nestwalk.fleet.opensearch;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A node of OpenSearch in a JVM of its own, which can be killed and started again. */
final class Node implements AutoCloseable {

  private static final Path ROOT =
      Path.of(System.getProperty("nestwalk.root", "..")).toAbsolutePath();
  private static final long PATIENCE_NANOS = Duration.ofMinutes(4).toNanos();

  private final Path folder;
  private final String classPath;
  private final int port = freePort();
  private final int transport = freePort();
  private Process process;

  /** Starts one that keeps its data in a folder; the test is skipped where it is not built. */
  Node(Path folder) throws Exception {
    this.folder = folder;
    Path list = ROOT.resolve("fleet/target/opensearch-node.classpath");
    assumeTrue(
        Files.exists(list), () -> "Maven writes the class path of OpenSearch's node: " + list);
    classPath = Files.readString(list).strip();
    start();
    await();
  }

  /** Starts it, and does not wait for it. */
  void start() throws IOException {
    process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-Xmx384m",
                    "--enable-native-access=ALL-UNNAMED",
                    "-cp",
                    classPath,
                    ROOT.resolve("fleet/src/test/opensearch/SearchNode.java").toString(),
                    folder.toString(),
                    Integer.toString(port),
                    Integer.toString(transport)))
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(folder.resolveSibling("node.log").toFile()))
            .start();
  }

  private void await() throws Exception {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!answers()) {
      if (System.nanoTime() > end || !process.isAlive()) {
        close();
        throw new IllegalStateException(
            "no node of OpenSearch: " + Files.readString(folder.resolveSibling("node.log")));
      }
      Thread.sleep(200);
    }
  }

  private boolean answers() {
    try {
      HttpURLConnection asked =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:%d/_cluster/health".formatted(port))
                  .toURL()
                  .openConnection();
      asked.setConnectTimeout(1000);
      asked.setReadTimeout(5000);
      return asked.getResponseCode() == HttpURLConnection.HTTP_OK;
    } catch (IOException e) {
      return false;
    }
  }

  /** The address of an index. */
  URI place(String path) {
    return URI.create("http://127.0.0.1:%d/%s".formatted(port, path));
  }

  /** Ends it at once, as a power cut does. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
