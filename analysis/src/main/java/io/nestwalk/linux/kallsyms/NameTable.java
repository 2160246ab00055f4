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

  /** All names of a kernel with everything built in have some 10 MiB. */
  private static final long MAX_BYTES = 64L << 20;

  /** Markers so far apart, or so near, that 256 names cannot lie between them are none. */
  private static final long MIN_DISTANCE = 2 * STEP;

  private static final long MAX_DISTANCE = 300L * STEP;

  /** The fewest markers that prove anything. */
  private static final int MIN_MARKERS = 8;

  /** 6.2 and 6.3 put three bytes per symbol between markers and tokens. */
  private static final long MAX_BETWEEN = 3L << 20;

  private final long countAddress;
  private final long markers;
  private final int markerWidth;
  private final byte[] bytes;
  private final int[] positions;

  private NameTable(
      long countAddress, long markers, int markerWidth, byte[] bytes, int[] positions) {
    this.countAddress = countAddress;
    this.markers = markers;
    this.markerWidth = markerWidth;
    this.bytes = bytes;
    this.positions = positions;
  }

  /** Address of the number of symbols. */
  long countAddress() {
    return countAddress;
  }

  /** Address of the first marker, with which the names end. */
  long markers() {
    return markers;
  }

  /** Bytes of a marker: 4 or 8. */
  int markerWidth() {
    return markerWidth;
  }

  /** One past the last marker. */
  long markersEnd() {
    return markers + (long) markerWidth * markersOf(count());
  }

  private static int markersOf(int count) {
    return (count + STEP - 1) / STEP;
  }

  /** The number of symbols. */
  int count() {
    return positions.length;
  }

  /** Where in {@link #bytes} the name of a symbol begins. */
  int position(int symbol) {
    return positions[symbol];
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

  /**
   * The table at places that are remembered, if it stands there.
   *
   * @param countAddress address of the number of symbols
   * @param markers address of the first marker
   * @param width bytes of a marker
   */
  static Optional<NameTable> at(
      Memory memory, long countAddress, long markers, int width, int alignment) {
    int count = memory.getInt(countAddress, 0);
    long start = countAddress + alignment;
    if (count <= 0
        || count > MAX_SYMBOLS
        || (width != Integer.BYTES && width != Long.BYTES)
        || markers - start < count) {
      return Optional.empty();
    }
    byte[] own = memory.readBytes(markers, width * markersOf(count));
    return own.length == width * markersOf(count)
        ? named(memory, countAddress, start, markers, own, 0, width, count)
        : Optional.empty();
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
          && markersOf(count) == markerCount
          && (alignment == Integer.BYTES || memory.getInt(start - Integer.BYTES, -1) == 0)) {
        Optional<NameTable> names =
            named(memory, start - alignment, start, markersAddress, markers, first, width, count);
        if (names.isPresent()) {
          return names;
        }
      }
    }
    return Optional.empty();
  }

  /** The table, if walking over all names meets every marker and ends within the bytes. */
  private static Optional<NameTable> named(
      Memory memory,
      long countAddress,
      long start,
      long markersAddress,
      byte[] markers,
      int first,
      int width,
      int count) {
    if (markersAddress - start > MAX_BYTES) {
      return Optional.empty();
    }
    byte[] names = memory.readBytes(start, (int) (markersAddress - start));
    int[] positions = new int[count];
    int position = 0;
    for (int block = 0; block < count; block += STEP) {
      if (position != number(markers, first + block / STEP * width, width)) {
        return Optional.empty();
      }
      position = block(names, position, positions, block, Math.min(block + STEP, count));
      if (position < 0) {
        return Optional.empty();
      }
    }
    return Optional.of(new NameTable(countAddress, markersAddress, width, names, positions));
  }

  /**
   * Notes where the names of some symbols begin. A kernel has a hundred thousand and more, which
   * every question about it goes through.
   *
   * @return where the name after the last one begins; -1 past the end
   */
  private static int block(byte[] names, int start, int[] positions, int from, int to) {
    int position = start;
    for (int symbol = from; symbol < to; symbol++) {
      positions[symbol] = position;
      int length = position < names.length ? names[position] : 0;
      if (length <= 0) {
        position = next(names, position);
        if (position < 0) {
          return -1;
        }
      } else {
        position += length + 1;
      }
    }
    return position <= names.length ? position : -1;
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
