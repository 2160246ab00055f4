package io.nestwalk.fleet.opensearch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import java.io.IOException;
import java.util.Map;

/**
 * Takes documents out of an index. It may take a cluster long: it is not kept in one request, but
 * asked how far it has come, and waited for as long as it comes any further.
 */
final class Deletion {

  private static final int NOT_FOUND = 404;

  private final Cluster cluster;
  private final ObjectNode query;

  private Deletion(Cluster cluster, ObjectNode query) {
    this.cluster = cluster;
    this.query = query;
  }

  /**
   * Takes away all that matches and searches see, and lets them see that it is gone.
   *
   * @throws IOException when something can't be taken away, or the cluster comes no further for as
   *     long as its patience lasts
   */
  static void of(Cluster cluster, ObjectNode query) throws IOException {
    new Deletion(cluster, query).run();
  }

  private void run() throws IOException {
    Patience patience = cluster.patience();
    long left = OpenSearchStore.count(cluster, query);
    while (left > 0) {
      await(begin());
      OpenSearchStore.refresh(cluster);
      long now = OpenSearchStore.count(cluster, query);
      if (now >= left) {
        patience.await(
            new IOException(
                "%s: %d documents can't be taken away".formatted(cluster.place(), now)));
      } else {
        patience = cluster.patience();
      }
      left = now;
    }
  }

  /** Begins, and tells the name of the work. */
  private String begin() throws IOException {
    ObjectNode body = Json.object();
    body.set("query", query);
    return cluster
        .ask(
            "POST",
            "/" + cluster.place().index() + "/_delete_by_query",
            Map.of("conflicts", "proceed", "wait_for_completion", "false"),
            body)
        .path("task")
        .asText();
  }

  /** Waits until work has ended, or is lost since its node is. */
  private void await(String task) throws IOException {
    Patience patience = cluster.patience();
    long reached = 0;
    while (true) {
      Cluster.Answer answer = cluster.send("GET", "/_tasks/" + task, Map.of(), null, "");
      if (answer.status() == NOT_FOUND) {
        return;
      }
      JsonNode state = cluster.good(answer);
      if (state.path("completed").asBoolean()) {
        if (state.has("error")) {
          throw new IOException(
              "%s: %s"
                  .formatted(
                      cluster.place(), new Cluster.Answer(answer.status(), state, "").reason()));
        }
        if (!Cluster.failures(state.path("response")).isEmpty()) {
          throw new IOException(
              cluster.place() + ": " + Cluster.failures(state.path("response")).getFirst());
        }
        return;
      }
      JsonNode status = state.path("task").path("status");
      long now = status.path("deleted").asLong() + status.path("version_conflicts").asLong();
      if (now > reached) {
        reached = now;
        patience = cluster.patience();
      }
      patience.await(
          new IOException(
              cluster.place() + ": the cluster comes no further in taking documents away"));
    }
  }
}
