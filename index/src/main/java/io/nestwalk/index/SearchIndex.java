package io.nestwalk.index;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;

/** Answers queries. Safe for several threads. */
public interface SearchIndex extends AutoCloseable {

  /**
   * What a query found.
   *
   * @param total how many documents
   * @param documents the first of them, in the order of kind, machine, process and address
   */
  record Hits(long total, List<ObjectNode> documents) {
    /** Copies the list. */
    public Hits {
      documents = List.copyOf(documents);
    }
  }

  /** Is shown documents. */
  @FunctionalInterface
  interface Visitor {
    /** A document. */
    void document(ObjectNode document) throws IOException;
  }

  /**
   * Answers a query.
   *
   * @param limit how many documents to deliver at most; positive
   */
  Hits search(Query query, int limit) throws IOException;

  /** How many documents match. */
  long count(Query query) throws IOException;

  /** How many documents of a kind there are. */
  long count(Entry.Kind kind) throws IOException;

  /** Shows all documents of a kind in the order in which they were added. */
  void forEach(Entry.Kind kind, Visitor visitor) throws IOException;

  @Override
  void close() throws IOException;
}
