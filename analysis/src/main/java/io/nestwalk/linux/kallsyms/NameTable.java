package io.nestwalk.linux.kallsyms;

import io.nestwalk.image.Memory;
import java.util.Optional;

/**
 * {@code kallsyms_num_syms}, {@code kallsyms_names} and {@code kallsyms_markers}: the compressed
 * names and where each 256th of them begins.
 */
final class NameTable {

  /** Symbols per marker. */
  private static final int STEP = 256;

  private static final int MAX_SYMBOLS = 1 << 22;
  private static final int MAX_COMPRESSED = 1 << 10;

  /** Markers so far apart, or so near, that 256 names cannot lie between them are none. */
  private static final long MIN_DISTANCE = 2 * STEP;

  private static final long MAX_DISTANCE = 300L * STEP;

  /** The fewest markers that prove anything. */
  private static final int MIN_MARKERS = 8;

  /** 6.2 and 6.3 put three bytes per symbol between markers and tokens. */
  private static final long MAX_BETWEEN = 3L << 20;

  private final long countAddress;
  private final int count;
  private final byte[] bytes;

  private NameTable(long countAddress, int count, byte[] bytes) {
    this.countAddress = countAddress;
    this.count = count;
    this.bytes = bytes;
  }

  /** Address of the number of symbols. */
  long countAddress() {
    return countAddress;
  }

  /** The number of symbols. */
  int count() {
    return count;
  }

  /**
   * The names: of each symbol a length (of one or, with the top bit set, two bytes) and that many
   * tokens. Not a copy.
   */
  byte[] bytes() {
    return bytes;
  }

  /** The table that ends somewhat below {@code tokens}. */
  static Optional<NameTable> before(Memory memory, long tokens, int alignment) {
    Optional<NameTable> near = withMarkers(memory, tokens, 64, alignment);
    return near.isPresent() ? near : withMarkers(memory, tokens, MAX_BETWEEN, alignment);
  }

  private static Optional<NameTable> withMarkers(
      Memory memory, long tokens, long between, int alignment) {
    int reach = (int) between + MAX_SYMBOLS / STEP * Long.BYTES / 4;
    long low = tokens - reach;
    // Memory may begin within reach: read what is there, from the top down to the first gap.
    byte[] bytes = readBackwards(memory, low, reach);
    long bottom = tokens - bytes.length;
    for (int width : new int[] {Integer.BYTES, Long.BYTES}) {
      int last = bytes.length - width;
      int stop = (int) Math.max(0, bytes.length - between);
      while (last >= stop) {
        int first = firstMarker(bytes, last, width);
        if (first >= 0 && (last - first) / width + 1 >= MIN_MARKERS) {
          Optional<NameTable> names =
              namesBelow(memory, bottom + first, bytes, first, last, width, alignment);
          if (names.isPresent()) {
            return names;
          }
        }
        last -= Integer.BYTES;
      }
    }
    return Optional.empty();
  }

  private static byte[] readBackwards(Memory memory, long low, int length) {
    int page = 1 << 12;
    long high = low + length;
    long from = high;
    while (from > low) {
      long next = Math.max(low, (from - 1) & -page);
      if (!memory.isPresent(next)) {
        break;
      }
      from = next;
    }
    return memory.readBytes(from, (int) (high - from));
  }

  /** Follows falling values down from {@code last} to the 0 that they begin with; -1 if none. */
  private static int firstMarker(byte[] bytes, int last, int width) {
    long value = number(bytes, last, width);
    for (int at = last; value > 0; ) {
      at -= width;
      if (at < 0) {
        return -1;
      }
      long next = number(bytes, at, width);
      long distance = value - next;
      if (next < 0 || distance < MIN_DISTANCE || distance > MAX_DISTANCE) {
        return -1;
      }
      if (next == 0) {
        return at;
      }
      value = next;
    }
    return -1;
  }

  private static long number(byte[] bytes, int at, int width) {
    long value = 0;
    for (int i = width - 1; i >= 0; i--) {
      value = value << 8 | (bytes[at + i] & 0xff);
    }
    return value;
  }

  private static Optional<NameTable> namesBelow(
      Memory memory,
      long markersAddress,
      byte[] markers,
      int first,
      int last,
      int width,
      int alignment) {
    int markerCount = (last - first) / width + 1;
    long lastMarker = number(markers, last, width);
    long nearest = markersAddress - lastMarker - 2;
    long farthest = nearest - (long) STEP * MAX_COMPRESSED;
    for (long start = nearest & -alignment; start >= farthest; start -= alignment) {
      int count = memory.getInt(start - alignment, 0);
      if (count > 0
          && count <= MAX_SYMBOLS
          && (count + STEP - 1) / STEP == markerCount
          && (alignment == Integer.BYTES || memory.getInt(start - Integer.BYTES, -1) == 0)) {
        byte[] names = memory.readBytes(start, (int) (markersAddress - start));
        if (agrees(names, markers, first, markerCount, width, count)) {
          return Optional.of(new NameTable(start - alignment, count, names));
        }
      }
    }
    return Optional.empty();
  }

  /** Whether walking over all names meets every marker and ends within the bytes. */
  private static boolean agrees(
      byte[] names, byte[] markers, int first, int markerCount, int width, int count) {
    int position = 0;
    for (int i = 0; i < count; i++) {
      if (i % STEP == 0 && position != number(markers, first + i / STEP * width, width)) {
        return false;
      }
      int next = next(names, position);
      if (next < 0) {
        return false;
      }
      position = next;
    }
    return markerCount > 0;
  }

  /** Where the name after the one at {@code position} begins; -1 past the end. */
  static int next(byte[] names, int position) {
    int start = start(names, position);
    if (start < 0) {
      return -1;
    }
    int next = start + length(names, position);
    return next <= names.length ? next : -1;
  }

  /** Where the tokens of the name at {@code position} begin. */
  static int start(byte[] names, int position) {
    if (position >= names.length) {
      return -1;
    }
    int start = names[position] < 0 ? position + 2 : position + 1;
    return start <= names.length ? start : -1;
  }

  /** How many tokens the name at {@code position} has. */
  static int length(byte[] names, int position) {
    int length = names[position];
    return length >= 0 ? length : (length & 0x7f) | (names[position + 1] & 0xff) << 7;
  }
}
