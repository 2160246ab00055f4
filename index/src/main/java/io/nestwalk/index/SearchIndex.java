package io.nestwalk.index;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Answers queries. Safe for several threads. */
public interface SearchIndex extends AutoCloseable {

  /**
   * A page of what a query found.
   *
   * @param total how many documents there are on all pages
   * @param documents those of this page, in the order of kind, machine, process and address
   * @param next where the next page begins, empty after the last
   */
  record Hits(long total, List<ObjectNode> documents, Optional<Cursor> next) {
    /** Copies the list. */
    public Hits {
      documents = List.copyOf(documents);
    }
  }

  /**
   * Where a page of an answer begins. It may be kept and used later, with the same query and the
   * same finished index.
   *
   * @param place as the index wrote it; it means nothing to others
   */
  record Cursor(String place) {
    /** Where every answer begins. */
    public static final Cursor START = new Cursor("");
  }

  /** Is shown runs of pages. */
  @FunctionalInterface
  interface RunVisitor {
    /** A run. */
    void run(Entry.RunEntry run) throws IOException;
  }

  /** Is shown documents. */
  @FunctionalInterface
  interface Visitor {
    /** A document; it is used no longer than this call. */
    void document(StoredDocument document) throws IOException;
  }

  /**
   * Answers a query.
   *
   * @param limit how many documents to deliver at most; positive
   */
  default Hits search(Query query, int limit) throws IOException {
    return search(query, Cursor.START, limit);
  }

  /**
   * A page of the answer to a query.
   *
   * @param from where it begins
   * @param limit how many documents to deliver at most; positive
   * @throws IllegalArgumentException when {@code from} is no place of this index
   */
  Hits search(Query query, Cursor from, int limit) throws IOException;

  /** How many documents match. */
  long count(Query query) throws IOException;

  /** How many documents of a kind there are. */
  long count(Entry.Kind kind) throws IOException;

  /** Shows all documents of a kind in the order in which they were added. */
  void forEach(Entry.Kind kind, Visitor visitor) throws IOException;

  /** Shows all runs of pages in the order in which they were added, sooner than as documents. */
  void forEachRun(RunVisitor visitor) throws IOException;

  /** What was to be said when the index was made: what could not be followed or read. */
  List<String> warnings() throws IOException;

  @Override
  void close() throws IOException;
}
