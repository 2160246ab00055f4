package io.nestwalk.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import io.nestwalk.answer.Hex;
import java.util.Comparator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** Stretches of addresses in which something lies; what lies near another is of the same one. */
final class Stretches {

  /** Memory further apart than this is of stretches of its own. */
  private static final long GAP = 64L << 20;

  private static final int MOST_SHOWN = 256;

  /** First address to one past the last. */
  private final NavigableMap<Long, Long> ends = new TreeMap<>();

  /** One of them, in which most of what is added lies; empty before the first. */
  private long likelyStart;

  private long likelyEnd;

  /** One stretch: from its first address to one past its last. */
  record Stretch(long start, long end) {}

  /** Adds what lies from {@code from} to below {@code to}. */
  void add(long from, long to) {
    if (from >= likelyStart && to <= likelyEnd) {
      return;
    }
    long start = from;
    long end = to;
    Map.Entry<Long, Long> near = ends.floorEntry(end + GAP);
    while (near != null && near.getValue() + GAP >= start) {
      start = Math.min(start, near.getKey());
      end = Math.max(end, near.getValue());
      ends.remove(near.getKey());
      near = ends.floorEntry(end + GAP);
    }
    ends.put(start, end);
    likelyStart = start;
    likelyEnd = end;
  }

  /** The longest, of several the lowest; none where nothing was added. */
  Optional<Stretch> largest() {
    return ends.entrySet().stream()
        .map(each -> new Stretch(each.getKey(), each.getValue()))
        .max(Comparator.comparingLong(each -> each.end() - each.start()));
  }

  /** Adds the first of them to a list for a page. */
  void addTo(ArrayNode list) {
    ends.entrySet().stream()
        .limit(MOST_SHOWN)
        .forEach(
            each ->
                list.addObject()
                    .put("start", Hex.of(each.getKey()))
                    .put("length", each.getValue() - each.getKey()));
  }
}
