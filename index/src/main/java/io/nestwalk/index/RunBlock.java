package io.nestwalk.index;

import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.index.Entry.Space;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Up to {@link #MOST_RUNS} runs of pages, in the order in which they were added, one column for
 * each property, and an order for each kind of address.
 *
 * <p>Stored as the count (4 bytes), the {@linkplain PackedColumn columns} of labels, start, gpa,
 * hpa, fileOffset (these three each after a column that says whether there is one), length,
 * permissions and page shift, the {@linkplain AddressOrder orders} by start, gpa, hpa and
 * fileOffset, the distinct strings (their count, each with its length and its UTF-16 characters)
 * and the distinct {@linkplain RunLabel labels}. Little-endian. A block is safe for several
 * threads.
 */
final class RunBlock {

  /** A row of a block is a number of 16 bits. */
  static final int MOST_RUNS = 1 << 16;

  /** A block that has more text than this gets no more runs. */
  static final long MOST_CHARACTERS = 1 << 21;

  /** In place of a string's number: there is none. */
  static final int NO_STRING = -1;

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfChar CHAR =
      ValueLayout.JAVA_CHAR_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int LABEL_BYTES = 5 * Integer.BYTES + 1;

  private final MemorySegment bytes;
  private final int count;
  private final PackedColumn labelColumn;
  private final PackedColumn start;
  private final Addresses gpa;
  private final Addresses hpa;
  private final Addresses fileOffset;
  private final PackedColumn length;
  private final PackedColumn permissions;
  private final PackedColumn pageShift;
  private final AddressOrder byStart;
  private final AddressOrder byGpa;
  private final AddressOrder byHpa;
  private final AddressOrder byFileOffset;
  private final long text;
  private volatile List<RunLabel> labels;

  /** Addresses of which some are not there. */
  private record Addresses(PackedColumn there, PackedColumn known) {

    static Addresses at(MemorySegment bytes, long at, int count) throws IOException {
      PackedColumn there = PackedColumn.at(bytes, at, count);
      return new Addresses(there, PackedColumn.at(bytes, there.end(), count));
    }

    long get(int row) {
      return there.get(row) == 0 ? RunEntry.NONE : known.get(row);
    }
  }

  /**
   * The block in these bytes.
   *
   * @throws IOException when they can't be one
   */
  RunBlock(MemorySegment bytes) throws IOException {
    this.bytes = bytes;
    if (bytes.byteSize() < Integer.BYTES) {
      throw new IOException("a block without a count");
    }
    count = bytes.get(INT, 0);
    if (count < 0 || count > MOST_RUNS) {
      throw new IOException("a block of %d runs".formatted(count));
    }
    labelColumn = PackedColumn.at(bytes, Integer.BYTES, count);
    start = PackedColumn.at(bytes, labelColumn.end(), count);
    gpa = Addresses.at(bytes, start.end(), count);
    hpa = Addresses.at(bytes, gpa.known().end(), count);
    fileOffset = Addresses.at(bytes, hpa.known().end(), count);
    length = PackedColumn.at(bytes, fileOffset.known().end(), count);
    permissions = PackedColumn.at(bytes, length.end(), count);
    pageShift = PackedColumn.at(bytes, permissions.end(), count);
    byStart = AddressOrder.at(bytes, pageShift.end(), count, start, length);
    byGpa = AddressOrder.at(bytes, byStart.end(), count, gpa.known(), length);
    byHpa = AddressOrder.at(bytes, byGpa.end(), count, hpa.known(), length);
    byFileOffset = AddressOrder.at(bytes, byHpa.end(), count, fileOffset.known(), length);
    text = byFileOffset.end();
  }

  /** How many runs there are. */
  int count() {
    return count;
  }

  /** The rows whose address of that kind meets a range, both ends included. */
  BitSet meeting(Field field, long from, long to) throws IOException {
    return switch (field) {
      case VA -> byStart.meeting(from, to);
      case GPA -> byGpa.meeting(from, to);
      case HPA -> byHpa.meeting(from, to);
      case FILE_OFFSET -> byFileOffset.meeting(from, to);
      default -> throw new IllegalArgumentException(field + " is no kind of address");
    };
  }

  /** What the tables allow, of one run. */
  int permissions(int row) {
    return (int) permissions.get(row);
  }

  /** The number of a run's label. */
  int label(int row) throws IOException {
    long number = labelColumn.get(row);
    if (number < 0 || number >= labels().size()) {
      throw new IOException("a run with a label that there is not");
    }
    return (int) number;
  }

  /** A run. */
  RunEntry run(int row) throws IOException {
    RunLabel label = labels().get(label(row));
    return new RunEntry(
        label.machineId(),
        label.space(),
        label.pid(),
        label.name(),
        label.path(),
        start.get(row),
        gpa.get(row),
        hpa.get(row),
        fileOffset.get(row),
        length.get(row),
        (int) permissions.get(row),
        (int) pageShift.get(row));
  }

  /** The labels, by their numbers. */
  List<RunLabel> labels() throws IOException {
    List<RunLabel> read = labels;
    if (read == null) {
      read = readLabels();
      labels = read;
    }
    return read;
  }

  private List<RunLabel> readLabels() throws IOException {
    List<String> strings = new ArrayList<>();
    long at = text;
    int number = count(at, Integer.BYTES);
    at += Integer.BYTES;
    for (int i = 0; i < number; i++) {
      char[] characters = new char[count(at, Character.BYTES)];
      at += Integer.BYTES;
      for (int j = 0; j < characters.length; j++) {
        characters[j] = bytes.get(CHAR, at);
        at += Character.BYTES;
      }
      strings.add(new String(characters));
    }
    List<RunLabel> made = new ArrayList<>();
    int more = count(at, LABEL_BYTES);
    at += Integer.BYTES;
    for (int i = 0; i < more; i++, at += LABEL_BYTES) {
      made.add(readLabel(at, strings));
    }
    return List.copyOf(made);
  }

  /** How many things of some size follow; there is room for them. */
  private int count(long at, int size) throws IOException {
    int number = at + Integer.BYTES <= bytes.byteSize() ? bytes.get(INT, at) : -1;
    if (number < 0 || (long) number * size > bytes.byteSize() - at - Integer.BYTES) {
      throw new IOException("text beyond the end of its block");
    }
    return number;
  }

  private RunLabel readLabel(long at, List<String> strings) throws IOException {
    long from = at;
    String machine = string(bytes.get(INT, from), strings);
    from += Integer.BYTES;
    Space space = space(string(bytes.get(INT, from), strings));
    from += Integer.BYTES;
    boolean hasPid = bytes.get(ValueLayout.JAVA_BYTE, from++) != 0;
    int pid = bytes.get(INT, from);
    from += Integer.BYTES;
    String name = string(bytes.get(INT, from), strings);
    from += Integer.BYTES;
    int path = bytes.get(INT, from);
    return new RunLabel(
        machine,
        space,
        hasPid ? OptionalInt.of(pid) : OptionalInt.empty(),
        name,
        path == NO_STRING ? Optional.empty() : Optional.of(string(path, strings)));
  }

  private static Space space(String name) throws IOException {
    for (Space space : Space.values()) {
      if (space.toString().equals(name)) {
        return space;
      }
    }
    throw new IOException("a label of a space that there is not");
  }

  private static String string(int number, List<String> strings) throws IOException {
    if (number < 0 || number >= strings.size()) {
      throw new IOException("a label with a string that there is not");
    }
    return strings.get(number);
  }
}
