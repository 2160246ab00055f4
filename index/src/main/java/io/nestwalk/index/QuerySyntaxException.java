package io.nestwalk.index;

/** A query that can't be understood. The message is one line and names the column. */
public final class QuerySyntaxException extends Exception {

  private static final long serialVersionUID = 1L;

  private final int column;

  QuerySyntaxException(String query, int position, String what) {
    super(
        "query, column %d: %s: %s >>>%s"
            .formatted(
                position + 1, what, query.substring(0, position), query.substring(position)));
    column = position + 1;
  }

  /** Where in the query, counted from 1. */
  public int column() {
    return column;
  }
}
