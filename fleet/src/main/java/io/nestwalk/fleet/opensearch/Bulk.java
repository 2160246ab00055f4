package io.nestwalk.fleet.opensearch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * Documents on their way into an index, in requests of a bounded size, one at a time: who adds
 * waits while the cluster is at work. A cluster that says that it has too much to do gets smaller
 * requests. Each document has an id, so that one that is sent twice is there once.
 */
final class Bulk {

  private static final int MOST_BYTES = 4 << 20;
  private static final int LEAST_BYTES = 64 << 10;
  private static final int MOST_DOCUMENTS = 4096;
  private static final int TOO_MANY = 429;
  private static final int TOO_LARGE = 413;
  private static final int UNAVAILABLE = 503;

  private final Cluster cluster;
  private List<byte[]> waiting = new ArrayList<>();
  private long bytes;
  private long ceiling = MOST_BYTES;
  private long most = MOST_BYTES;

  Bulk(Cluster cluster) {
    this.cluster = cluster;
  }

  /** Adds a document; it is sent now or later. */
  void add(String id, ObjectNode document) throws IOException {
    ObjectNode action = Json.object();
    action.putObject("index").put("_id", id);
    ByteArrayOutputStream lines = new ByteArrayOutputStream(1024);
    lines.write(Json.MAPPER.writeValueAsBytes(action));
    lines.write('\n');
    lines.write(Json.MAPPER.writeValueAsBytes(document));
    lines.write('\n');
    waiting.add(lines.toByteArray());
    bytes += lines.size();
    if (bytes >= most || waiting.size() >= MOST_DOCUMENTS) {
      flush();
    }
  }

  /** Sends what waits. */
  void flush() throws IOException {
    List<byte[]> documents = waiting;
    forget();
    send(documents);
  }

  /** Forgets what waits. */
  void forget() {
    waiting = new ArrayList<>();
    bytes = 0;
  }

  private void send(List<byte[]> documents) throws IOException {
    Patience patience = cluster.patience();
    Deque<byte[]> left = new ArrayDeque<>(documents);
    while (!left.isEmpty()) {
      List<byte[]> portion = portion(left);
      Cluster.Answer answer =
          cluster.offer(
              "POST",
              "/" + cluster.place().index() + "/_bulk",
              Map.of("require_alias", "false"),
              joined(portion),
              "application/x-ndjson");
      List<byte[]> refused;
      IOException reason;
      if (answer.status() == TOO_LARGE && portion.size() > 1) {
        ceiling = Math.max(1, bytes(portion) / 2);
        most = ceiling;
        again(portion, left);
        continue;
      } else if (answer.status() == TOO_MANY) {
        refused = portion;
        reason = new IOException(cluster.place() + ": " + answer.reason());
      } else {
        refused = refused(cluster.good(answer), portion);
        reason =
            new IOException(
                "%s: the cluster takes no more at the moment".formatted(cluster.place()));
      }
      if (refused.size() < portion.size()) {
        patience = cluster.patience();
      }
      if (refused.isEmpty()) {
        most = Math.min(ceiling, most * 2);
      } else {
        most = Math.min(most, Math.max(LEAST_BYTES, bytes(portion) / 2));
        again(refused, left);
        patience.await(reason);
      }
    }
  }

  /** As many of the first as go into one request, at least one. */
  private List<byte[]> portion(Deque<byte[]> left) {
    List<byte[]> portion = new ArrayList<>();
    long size = 0;
    while (!left.isEmpty() && (portion.isEmpty() || size + left.peek().length <= most)) {
      size += left.peek().length;
      portion.add(left.poll());
    }
    return portion;
  }

  private static void again(List<byte[]> documents, Deque<byte[]> left) {
    documents.reversed().forEach(left::addFirst);
  }

  private static long bytes(List<byte[]> documents) {
    return documents.stream().mapToLong(document -> document.length).sum();
  }

  private static byte[] joined(List<byte[]> documents) {
    ByteArrayOutputStream body = new ByteArrayOutputStream(MOST_BYTES);
    documents.forEach(body::writeBytes);
    return body.toByteArray();
  }

  /** Those that the cluster will take another time. */
  private List<byte[]> refused(JsonNode answer, List<byte[]> sent) throws IOException {
    JsonNode items = answer.path("items");
    if (items.size() != sent.size()) {
      throw new IOException(
          "%s: %d documents were sent, %d answered for"
              .formatted(cluster.place(), sent.size(), items.size()));
    }
    List<byte[]> refused = new ArrayList<>();
    for (int i = 0; i < sent.size(); i++) {
      JsonNode item = items.get(i).path("index");
      int status = item.path("status").asInt();
      if (status == TOO_MANY || status == UNAVAILABLE) {
        refused.add(sent.get(i));
      } else if (item.has("error")) {
        throw new IOException(
            "%s: a document is refused: %s"
                .formatted(cluster.place(), new Cluster.Answer(status, item, "").reason()));
      }
    }
    return refused;
  }
}
