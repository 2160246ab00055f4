package io.nestwalk.fleet.opensearch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import io.nestwalk.index.BrokenIndexException;
import io.nestwalk.index.IndexStore;
import io.nestwalk.wording.Count;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * An index in an OpenSearch cluster. Entries of many images lie in one; their ids are the image's,
 * the part's and the entry's number there, the same whoever writes them and how often.
 */
public final class OpenSearchStore implements IndexStore {

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int NOT_FOUND = 404;

  private final OpenSearchPlace place;
  private final Credentials credentials;
  private final Duration patience;

  OpenSearchStore(OpenSearchPlace place, Credentials credentials, Duration patience) {
    this.place = place;
    this.credentials = credentials;
    this.patience = patience;
  }

  /**
   * The store at a place, with the environment's credentials. Nothing is asked yet.
   *
   * @param place {@code https://HOST[:PORT]/NAME[/IMAGE]}
   * @throws IllegalArgumentException when it is no such place, or the environment holds half of
   *     what is needed
   */
  public static OpenSearchStore at(URI place) {
    Map<String, String> environment = System.getenv();
    String seconds = environment.get(Credentials.PATIENCE);
    if (seconds != null && !seconds.matches("[0-9]{1,6}")) {
      throw new IllegalArgumentException(Credentials.PATIENCE + " is no number of seconds");
    }
    Credentials credentials = Credentials.of(environment);
    credentials.requireSilence(); // who asks for them later would be refused in the middle
    return new OpenSearchStore(
        OpenSearchPlace.of(place),
        credentials,
        seconds == null ? PATIENCE : Duration.ofSeconds(Long.parseLong(seconds)));
  }

  /** The same index, for the entries of one image. */
  public OpenSearchStore of(String image) {
    return new OpenSearchStore(place.of(image), credentials, patience);
  }

  /**
   * Takes away all that is there of the image.
   *
   * @throws IllegalStateException when the place names no image
   */
  public void clear() throws IOException {
    String image =
        place.image().orElseThrow(() -> new IllegalStateException(place + ": names no image"));
    try (Cluster cluster = cluster()) {
      if (mapping(cluster).isPresent()) {
        refresh(cluster);
        // An image that is half there is never taken for a finished one, or for none.
        Scope scope = Scope.of(image);
        Deletion.of(cluster, Queries.state(OpenSearchBuilder.FINISHED, scope));
        Deletion.of(cluster, Queries.allBut(OpenSearchBuilder.BEGUN, scope));
        Deletion.of(cluster, Queries.all(scope));
      }
    }
  }

  @Override
  public OpenSearchBuilder build() throws IOException {
    if (place.image().isEmpty()) {
      throw new IOException(place + ": an index is made image by image: name one, " + place + "/1");
    }
    Cluster cluster = cluster();
    try {
      make(cluster);
      return new OpenSearchBuilder(cluster);
    } catch (IOException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  @Override
  public OpenSearchIndex open() throws IOException {
    Cluster cluster = cluster();
    try {
      Optional<JsonNode> mapping = mapping(cluster);
      if (mapping.isEmpty()) {
        throw new BrokenIndexException(place + ": no index is there", null);
      }
      check(mapping.get());
      refresh(cluster);
      Scope all = new Scope(place.image(), List.of());
      long begun = count(cluster, Queries.state(OpenSearchBuilder.BEGUN, all));
      long finished = count(cluster, Queries.state(OpenSearchBuilder.FINISHED, all));
      if (begun == 0) {
        throw new BrokenIndexException(place + ": no image is in this index", null);
      }
      if (finished == 0) {
        throw new BrokenIndexException(
            "%s: the index is not finished: none of %s is"
                .formatted(place, Count.of(begun, "image")),
            null);
      }
      return new OpenSearchIndex(
          cluster, finished == begun ? all : new Scope(place.image(), unfinished(cluster)));
    } catch (IOException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  /** The images of which something may be there and not all. */
  private static List<String> unfinished(Cluster cluster) throws IOException {
    Scope all = new Scope(Optional.empty(), List.of());
    Set<String> images = new TreeSet<>();
    new Pages(cluster, Queries.state(OpenSearchBuilder.BEGUN, all))
        .forEach(found -> images.add(found.path(Names.OWN).path("image").asText()));
    new Pages(cluster, Queries.state(OpenSearchBuilder.FINISHED, all))
        .forEach(found -> images.remove(found.path(Names.OWN).path("image").asText()));
    return List.copyOf(images);
  }

  private Cluster cluster() throws IOException {
    return new Cluster(place, credentials, patience);
  }

  /** The index's mapping; empty when there is no index. */
  private Optional<JsonNode> mapping(Cluster cluster) throws IOException {
    Cluster.Answer answer =
        cluster.send("GET", "/" + place.index() + "/_mapping", Map.of(), null, "");
    return answer.status() == NOT_FOUND
        ? Optional.empty()
        : Optional.of(cluster.good(answer).path(place.index()).path("mappings"));
  }

  private void check(JsonNode mapping) throws BrokenIndexException {
    String version = mapping.path("_meta").path("schema").asText("none");
    if (!version.equals(Integer.toString(SCHEMA_VERSION))) {
      throw new BrokenIndexException(
          "%s: index of schema version %s, this program has %d"
              .formatted(place, version, SCHEMA_VERSION),
          null);
    }
  }

  /** Makes the index where there is none; two who do so at once are no harm. */
  private void make(Cluster cluster) throws IOException {
    Optional<JsonNode> mapping = mapping(cluster);
    if (mapping.isEmpty()) {
      ObjectNode template = (ObjectNode) template().path("template");
      template.withObject("/mappings/_meta").put("schema", SCHEMA_VERSION);
      Cluster.Answer made =
          cluster.send(
              "PUT",
              "/" + place.index(),
              Map.of(),
              Json.MAPPER.writeValueAsBytes(template),
              "application/json");
      if (!made.isGood()
          && !"resource_already_exists_exception"
              .equals(made.body().path("error").path("type").asText())) {
        cluster.good(made);
      }
      mapping = mapping(cluster);
    }
    check(mapping.orElseThrow(() -> new IOException(place + ": the index was taken away")));
  }

  /** The index template, as a cluster's keeper may publish it. */
  static ObjectNode template() {
    try (InputStream in = OpenSearchStore.class.getResourceAsStream("index-template.json")) {
      return (ObjectNode) Json.MAPPER.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException("the program holds its template", e);
    }
  }

  /** Lets searches see what was written. */
  static void refresh(Cluster cluster) throws IOException {
    cluster.ask("POST", "/" + cluster.place().index() + "/_refresh", null);
  }

  /** How many documents match. */
  static long count(Cluster cluster, ObjectNode query) throws IOException {
    ObjectNode body = Json.object();
    body.set("query", query);
    JsonNode answer = cluster.ask("POST", "/" + cluster.place().index() + "/_count", body);
    if (answer.path("_shards").path("failed").asInt() > 0) {
      throw new IOException(cluster.place() + ": parts of the index can't be asked");
    }
    return answer.path("count").asLong();
  }
}
