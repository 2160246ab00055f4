package io.nestwalk.index;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.index.SearchIndex.Cursor;
import io.nestwalk.index.SearchIndex.Hits;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A page of an answer, as it is filled. */
final class AnswerPage {

  /**
   * A place in an answer: what comes after it is still to be shown.
   *
   * @param stage which of the sources, in their order
   * @param major what was shown last of that source; -1 for nothing
   * @param minor the same, where two numbers are needed
   */
  record Place(int stage, long major, int minor) {

    private static final Pattern FORM = Pattern.compile("(\\d)\\.(-1|\\d{1,18})\\.(\\d{1,9})");

    /** Where a cursor points to. */
    static Place of(Cursor cursor) {
      if (cursor.equals(Cursor.START)) {
        return beginOf(0);
      }
      Matcher parts = FORM.matcher(cursor.place());
      if (!parts.matches()) {
        throw new IllegalArgumentException("no place of this index: " + cursor.place());
      }
      return new Place(
          Integer.parseInt(parts.group(1)),
          Long.parseLong(parts.group(2)),
          Integer.parseInt(parts.group(3)));
    }

    static Place beginOf(int stage) {
      return new Place(stage, -1, 0);
    }

    boolean isBegin() {
      return major < 0;
    }

    Cursor cursor() {
      return new Cursor("%d.%d.%d".formatted(stage, major, minor));
    }
  }

  private final int limit;
  private final List<ObjectNode> documents = new ArrayList<>();
  private Place last;
  private boolean more;

  /** A page of at most so many documents that begins at a place. */
  AnswerPage(Place begin, int limit) {
    last = begin;
    this.limit = limit;
  }

  /**
   * How many are of use: those that have room, and one that tells whether there is another page.
   */
  int wanted() {
    return more ? 0 : (int) Math.min(Integer.MAX_VALUE, limit - documents.size() + 1L);
  }

  /** Takes a document as far as there is room. */
  void offer(ObjectNode document, Place place) {
    if (documents.size() < limit) {
      documents.add(document);
      last = place;
    } else {
      more = true;
    }
  }

  /** The page, of an answer of so many documents. */
  Hits hits(long total) {
    return new Hits(total, documents, more ? Optional.of(last.cursor()) : Optional.empty());
  }
}
