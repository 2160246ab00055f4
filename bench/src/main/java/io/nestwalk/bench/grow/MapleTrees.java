package io.nestwalk.bench.grow;

import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import java.util.ArrayList;
import java.util.List;

/** Writes {@code struct maple_tree} (include/linux/maple_tree.h), as Linux keeps mappings in it. */
final class MapleTrees {

  /** Fewer than a node has room for, as after insertions; the rest holds its meta data. */
  private static final int OF_A_LEAF = 12;

  private static final int OF_A_NODE = 8;
  private static final int NODE_BYTES = 256;
  private static final long LEAF = 1;
  private static final long RANGE_WITH_GAPS = 3;
  private static final int TYPE_SHIFT = 3;
  private static final long NOT_EMPTY = 4;
  private static final long ROOT = 2;
  private static final long ROOT_PARENT = 1;
  private static final long RANGE_PARENT = 6;
  private static final int PARENT_SLOT_SHIFT = 3;

  private final Room room;
  private final long direct;
  private final Field leafPivots;
  private final Field leafSlots;
  private final Field pivots;
  private final Field slots;
  private final Field gaps;

  /** What stands at the indices up to {@code last}; the value is 0 for a gap. */
  private record Span(long last, long value, long gap) {}

  /**
   * @param direct what the kernel adds to physical addresses
   */
  MapleTrees(Room room, KernelTypes types, long direct) {
    this.room = room;
    this.direct = direct;
    leafPivots = types.field("maple_range_64", "pivot");
    leafSlots = types.field("maple_range_64", "slot");
    pivots = types.field("maple_arange_64", "pivot");
    slots = types.field("maple_arange_64", "slot");
    gaps = types.field("maple_arange_64", "gap");
  }

  /**
   * Writes a tree's nodes.
   *
   * @param areas in ascending order
   * @return what {@code ma_root} is
   */
  long write(List<Area> areas) {
    List<Span> spans = new ArrayList<>();
    long from = 0;
    for (Area area : areas) {
      if (area.start() != from) {
        spans.add(new Span(area.start() - 1, 0, area.start() - from));
      }
      spans.add(new Span(area.end() - 1, area.object(), 0));
      from = area.end();
    }
    spans.add(new Span(-1, 0, -from));
    boolean leaf = true;
    do {
      spans = level(spans, leaf);
      leaf = false;
    } while (spans.size() > 1);
    long root = spans.getFirst().value;
    room.putLong((root & -NODE_BYTES) - direct, ROOT_PARENT);
    return root | ROOT;
  }

  private List<Span> level(List<Span> below, boolean leaf) {
    List<Span> made = new ArrayList<>();
    int step = leaf ? OF_A_LEAF : OF_A_NODE;
    for (int i = 0; i < below.size(); i += step) {
      made.add(node(below.subList(i, Math.min(i + step, below.size())), leaf));
    }
    return made;
  }

  private Span node(List<Span> spans, boolean leaf) {
    long node = room.take(NODE_BYTES, NODE_BYTES);
    Field ends = leaf ? leafPivots : pivots;
    Field values = leaf ? leafSlots : slots;
    long largest = 0;
    for (int i = 0; i < spans.size(); i++) {
      Span span = spans.get(i);
      room.putLong(ends.at(node, i), span.last);
      room.putLong(values.at(node, i), span.value);
      if (!leaf) {
        room.putLong(gaps.at(node, i), span.gap);
        long parent = (node + direct) | ((long) i << PARENT_SLOT_SHIFT) | RANGE_PARENT;
        room.putLong((span.value & -NODE_BYTES) - direct, parent);
      }
      if (Long.compareUnsigned(span.gap, largest) > 0) {
        largest = span.gap;
      }
    }
    long type = leaf ? LEAF : RANGE_WITH_GAPS;
    long value = (node + direct) | (type << TYPE_SHIFT) | NOT_EMPTY;
    return new Span(spans.getLast().last, value, largest);
  }

  /** A mapping and its {@code vm_area_struct}. */
  record Area(long start, long end, long object) {}
}
