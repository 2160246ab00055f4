import java.nio.file.Path;
import org.codelibs.opensearch.runner.OpenSearchRunner;

/**
 * A node of OpenSearch on this machine's loopback, for tests; a program of its own, with a class
 * path of its own (OpenSearch has another Lucene), started from its source: FOLDER PORT. It keeps
 * what it holds in the folder.
 */
final class SearchNode {

  private static final String MODULES =
      "org.opensearch.transport.Netty4ModulePlugin,"
          + "org.opensearch.index.reindex.ReindexModulePlugin";

  private SearchNode() {}

  public static void main(String[] arguments) throws Exception {
    OpenSearchRunner runner = new OpenSearchRunner();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    runner.close();
                  } catch (java.io.IOException e) {
                    e.printStackTrace();
                  }
                }));
    try {
      runner
          .onBuild(
              (number, settings) -> {
                settings.put("http.port", arguments[1]);
                settings.put("transport.port", arguments[2]);
                settings.put("network.host", "127.0.0.1");
                settings.put("discovery.type", "single-node");
                settings.put("cluster.routing.allocation.disk.threshold_enabled", "false");
                settings.put("node.processors", "1");
              })
          .build(
              OpenSearchRunner.newConfigs()
                  .basePath(Path.of(arguments[0]).toString())
                  .numOfNode(1)
                  .clusterName("nestwalk-test")
                  .moduleTypes(MODULES)
                  .useLogger());
    } catch (Exception e) {
      e.printStackTrace();
      System.exit(1);
    }
    Thread.currentThread().join();
  }
}
