package io.nestwalk.fleet.opensearch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

/**
 * The documents that match a query, in the order of kind, image, part and number, in requests of a
 * bounded size.
 */
final class Pages {

  /** What is shown a document. */
  @FunctionalInterface
  interface Visitor {
    /** A document as it was written. */
    void document(JsonNode source) throws IOException;
  }

  private static final int MOST = 1000;
  private static final String[] ORDER = {Names.RANK, Names.IMAGE, Names.SEQUENCE, Names.NUMBER};

  private final Cluster cluster;
  private final ObjectNode query;
  private JsonNode after;
  private long total = -1;

  /**
   * Those that a query finds. They come whole: of a document from which a cluster leaves something
   * out, it gives the rest in an order of its own.
   */
  Pages(Cluster cluster, ObjectNode query) {
    this.cluster = cluster;
    this.query = query;
  }

  /**
   * Goes on behind a document.
   *
   * @param place as {@link #place} wrote it
   * @throws IllegalArgumentException when it is none
   */
  void goOn(String place) {
    try {
      JsonNode values =
          Json.MAPPER.readTree(
              new String(Base64.getUrlDecoder().decode(place), StandardCharsets.UTF_8));
      if (values.size() == ORDER.length
          && values.get(0).isIntegralNumber()
          && values.get(1).isTextual()
          && values.get(2).isTextual()
          && values.get(3).isIntegralNumber()) {
        after = values;
        return;
      }
    } catch (IllegalArgumentException | com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new IllegalArgumentException("no place of this index: " + place, e);
    }
    throw new IllegalArgumentException("no place of this index: " + place);
  }

  /** Where the document that was shown last stands. */
  String place() {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(after.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** How many documents match in all, once one page was asked for. */
  long total() {
    return total;
  }

  /** Shows all documents. */
  void forEach(Visitor visitor) throws IOException {
    while (show(MOST, visitor) == MOST) {
      // The next page.
    }
  }

  /**
   * Shows the next documents.
   *
   * @return how many there were, less than {@code wanted} at the end
   */
  long show(long wanted, Visitor visitor) throws IOException {
    long shown = 0;
    while (shown < wanted) {
      int size = (int) Math.min(MOST, wanted - shown);
      JsonNode hits = page(size, true);
      for (JsonNode hit : hits) {
        visitor.document(hit.path("_source"));
        after = hit.path("sort");
        shown++;
      }
      if (hits.size() < size) {
        break;
      }
    }
    return shown;
  }

  /** Whether there is another document. */
  boolean hasMore() throws IOException {
    return !page(1, false).isEmpty();
  }

  private JsonNode page(int size, boolean whole) throws IOException {
    ObjectNode body = Json.object();
    body.put("size", size);
    body.put("track_total_hits", total < 0);
    body.put("_source", whole);
    body.set("query", query);
    ArrayNode sort = body.putArray("sort");
    for (String field : ORDER) {
      sort.addObject().put(field, "asc");
    }
    if (after != null) {
      body.set("search_after", after);
    }
    JsonNode answer =
        cluster.ask(
            "POST",
            "/" + cluster.place().index() + "/_search",
            Map.of("allow_partial_search_results", "false"),
            body);
    if (answer.path("timed_out").asBoolean()) {
      throw new IOException(cluster.place() + ": the cluster gave a part of the answer only");
    }
    if (total < 0) {
      total = answer.path("hits").path("total").path("value").asLong();
    }
    return answer.path("hits").path("hits");
  }
}
