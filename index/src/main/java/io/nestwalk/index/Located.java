package io.nestwalk.index;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Hex;
import java.util.OptionalLong;

/**
 * A document as an answer to a query: with the address that was asked for in every layer, where it
 * asked for one.
 */
public final class Located {

  private static final String[] ADDRESSES = {"start", "gpa", "hpa"};

  private Located() {}

  /** The row of an answer: the document, and {@code address} with its counterparts. */
  public static ObjectNode row(ObjectNode document, Query query) {
    ObjectNode row = document.deepCopy();
    if (!row.path("type").asText().equals(Entry.Kind.RUN.toString())) {
      OptionalLong va = query.point(Field.VA);
      if (va.isPresent() && row.has("start")) {
        row.put("address", Hex.of(va.getAsLong()));
      }
      return row;
    }
    long offset = 0;
    var field = query.pointField();
    if (field.isPresent()) {
      long point = query.point(field.get()).orElseThrow();
      String key = field.get() == Field.VA ? "start" : field.get().toString();
      long base =
          field.get() == Field.FILE_OFFSET
              ? row.path(key).asLong()
              : EntryJson.address(row, key).orElse(point);
      offset = point - base;
    }
    long by = offset;
    row.put("runStart", row.path("start").asText());
    for (String key : ADDRESSES) {
      EntryJson.address(row, key).ifPresent(a -> row.put(key, Hex.of(a + by)));
    }
    if (row.path("fileOffset").isNumber()) {
      row.put("fileOffset", row.path("fileOffset").asLong() + by);
    }
    row.set("address", row.remove("start"));
    return row;
  }
}
