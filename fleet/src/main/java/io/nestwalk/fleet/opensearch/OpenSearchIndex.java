package io.nestwalk.fleet.opensearch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.index.Entry;
import io.nestwalk.index.EntryJson;
import io.nestwalk.index.Query;
import io.nestwalk.index.SearchIndex;
import io.nestwalk.index.StoredDocument;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A finished index of one image or of many, in a cluster. */
public final class OpenSearchIndex implements SearchIndex {

  private final Cluster cluster;
  private final Scope scope;

  OpenSearchIndex(Cluster cluster, Scope scope) {
    this.cluster = cluster;
    this.scope = scope;
  }

  @Override
  public synchronized Hits search(Query query, Cursor from, int limit) throws IOException {
    Pages pages = new Pages(cluster, Queries.of(query, scope));
    if (!from.equals(Cursor.START)) {
      pages.goOn(from.place());
    }
    List<ObjectNode> documents = new ArrayList<>();
    long shown = pages.show(limit, source -> documents.add(document(source)));
    Optional<Cursor> next =
        shown == limit && pages.hasMore()
            ? Optional.of(new Cursor(pages.place()))
            : Optional.empty();
    return new Hits(pages.total(), documents, next);
  }

  private ObjectNode document(JsonNode source) throws IOException {
    if (source.path(Names.OWN).path("document") instanceof ObjectNode document) {
      if (scope.image().isEmpty()) {
        document.put("image", source.path(Names.OWN).path("image").asText());
      }
      return document;
    }
    throw new IOException(cluster.place() + ": a document of the index is none of ours");
  }

  @Override
  public synchronized long count(Query query) throws IOException {
    return OpenSearchStore.count(cluster, Queries.of(query, scope));
  }

  @Override
  public synchronized long count(Entry.Kind kind) throws IOException {
    return OpenSearchStore.count(cluster, Queries.of(kind, scope));
  }

  @Override
  public synchronized void forEach(Entry.Kind kind, Visitor visitor) throws IOException {
    new Pages(cluster, Queries.of(kind, scope))
        .forEach(source -> visitor.document(StoredDocument.of(document(source))));
  }

  @Override
  public void forEachRun(RunVisitor visitor) throws IOException {
    forEach(Entry.Kind.RUN, document -> visitor.run(EntryJson.run(document.tree())));
  }

  @Override
  public synchronized List<String> warnings() throws IOException {
    List<String> warnings = new ArrayList<>(scope.warnings());
    new Pages(cluster, Queries.state(OpenSearchBuilder.COMPLETE, scope))
        .forEach(
            source -> {
              JsonNode own = source.path(Names.OWN);
              String whose = scope.image().isEmpty() ? own.path("image").asText() + ": " : "";
              own.path("document")
                  .path("warnings")
                  .forEach(each -> warnings.add(whose + each.asText()));
            });
    return warnings;
  }

  @Override
  public synchronized void close() throws IOException {
    cluster.close();
  }
}
