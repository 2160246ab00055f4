package io.nestwalk.image;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A file whose bytes stand in pieces at other places of the mapped file: the rest of a file behind
 * a foreign header, a dump in makedumpfile's flattened form, the VM state in the clusters of a disk
 * image. Immutable and safe for several threads. What no piece covers reads as zeros.
 */
public final class PiecedFile {

  /** The answer of {@link #fileOffset} where the bytes do not stand in one piece. */
  public static final long SCATTERED = -1;

  private final ImageFile file;
  private final long[] starts;
  private final long[] ends;
  private final long[] offsets;
  private final long length;

  /** The piece of the last read; a stale value costs a search, never a wrong answer. */
  private int lastPiece;

  private PiecedFile(ImageFile file, long[] starts, long[] ends, long[] offsets, long length) {
    this.file = file;
    this.starts = starts;
    this.ends = ends;
    this.offsets = offsets;
    this.length = length;
  }

  /** The file from {@code offset}, which lies within it, to its end, as one piece. */
  public static PiecedFile from(ImageFile file, long offset) {
    long length = file.length() - offset;
    return new PiecedFile(
        file, new long[] {0}, new long[] {length}, new long[] {offset}, Math.max(0, length));
  }

  /** Starts a list of pieces of {@code file}. */
  public static Builder builder(ImageFile file) {
    return new Builder(file);
  }

  /** What users know the file as. */
  public String name() {
    return file.name();
  }

  /** One past the last byte. */
  public long length() {
    return length;
  }

  /** Whether {@code count} bytes from {@code position} on lie in the file. Never overflows. */
  public boolean holds(long position, long count) {
    return position >= 0 && count >= 0 && position <= length && count <= length - position;
  }

  /**
   * Where in the mapped file {@code count} bytes from {@code position} on stand, or {@link
   * #SCATTERED} when they are not in one piece.
   */
  public long fileOffset(long position, long count) {
    int piece = pieceOf(position);
    return piece >= 0 && count <= ends[piece] - position
        ? offsets[piece] + (position - starts[piece])
        : SCATTERED;
  }

  /** The byte at {@code position}, 0..255. */
  public int byteAt(long position) throws ImageException {
    check(position, Byte.BYTES);
    long offset = fileOffset(position, Byte.BYTES);
    return offset < 0 ? 0 : file.byteAt(offset);
  }

  /** The unsigned 32-bit little-endian value at {@code position}. */
  public long intAt(long position) throws ImageException {
    check(position, Integer.BYTES);
    long offset = fileOffset(position, Integer.BYTES);
    if (offset >= 0) {
      return Integer.toUnsignedLong(file.intBits(offset));
    }
    return Integer.toUnsignedLong(copy(position, Integer.BYTES).get(Memory.INT, 0));
  }

  /** The 64 little-endian bits at {@code position}; a value of 2^63 or more comes out negative. */
  public long longAt(long position) throws ImageException {
    check(position, Long.BYTES);
    long offset = fileOffset(position, Long.BYTES);
    if (offset >= 0) {
      return file.longBits(offset);
    }
    return copy(position, Long.BYTES).get(Memory.LONG, 0);
  }

  /** Copies bytes from {@code position} on until {@code target} is full. */
  public void read(long position, MemorySegment target) throws ImageException {
    check(position, target.byteSize());
    long done = 0;
    while (done < target.byteSize()) {
      long from = position + done;
      long left = target.byteSize() - done;
      int piece = pieceOf(from);
      if (piece >= 0) {
        long count = Math.min(left, ends[piece] - from);
        long offset = offsets[piece] + (from - starts[piece]);
        file.copy(offset, target.asSlice(done, count));
        done += count;
      } else {
        long count = Math.min(left, nextStart(from) - from);
        target.asSlice(done, count).fill((byte) 0);
        done += count;
      }
    }
  }

  /**
   * The bytes from {@code position} on: those of the mapped file where they stand in one piece, a
   * copy otherwise. Callers bound {@code count}.
   */
  public MemorySegment slice(long position, int count) throws ImageException {
    check(position, count);
    long offset = fileOffset(position, count);
    return offset < 0 ? copy(position, count) : file.slice(offset, count);
  }

  private MemorySegment copy(long position, int count) throws ImageException {
    MemorySegment target = MemorySegment.ofArray(new byte[count]);
    read(position, target);
    return target;
  }

  private void check(long position, long count) throws ImageException {
    if (!holds(position, count)) {
      throw new ImageException(
          file.name(),
          "at 0x%x: %d bytes are needed here, what there is ends at 0x%x"
              .formatted(position, count, length));
    }
  }

  private int pieceOf(long position) {
    int hint = lastPiece;
    if (hint < starts.length && position >= starts[hint] && position < ends[hint]) {
      return hint;
    }
    int piece = floor(position);
    if (piece >= 0 && position < ends[piece]) {
      lastPiece = piece;
      return piece;
    }
    return -1;
  }

  /** The last piece that starts at or before {@code position}, or -1. */
  private int floor(long position) {
    int found = Arrays.binarySearch(starts, position);
    return found >= 0 ? found : -found - 2;
  }

  private long nextStart(long position) {
    int next = floor(position) + 1;
    return next < starts.length ? starts[next] : length;
  }

  /**
   * Collects pieces. They come in ascending order in the files that writers make; others are taken
   * too. What a later piece covers replaces what an earlier one has there.
   */
  public static final class Builder {

    /** Heap for about as many pieces as a flattened dump of 256 GiB has. */
    private static final int MAX_PIECES = 1 << 22;

    private final ImageFile file;
    private long[] starts = new long[64];
    private long[] lengths = new long[64];
    private long[] offsets = new long[64];
    private int count;
    private boolean ascending = true;

    private Builder(ImageFile file) {
      this.file = file;
    }

    /**
     * Adds a piece; one that goes on where the last one ended, in both places, becomes part of it.
     *
     * @param start where the bytes belong; not negative
     * @param size how many
     * @param offset where they stand in the mapped file
     * @throws ImageException when the piece is outside the mapped file or there are too many
     */
    public Builder add(long start, long size, long offset) throws ImageException {
      if (!file.holds(offset, size)) {
        throw new ImageException(
            file.name(), offset, "a piece of %d bytes reaches beyond the file".formatted(size));
      }
      if (start < 0 || start > Long.MAX_VALUE - size) {
        throw new ImageException(
            file.name(), offset, "a piece belongs at 0x%x, beyond 2^63".formatted(start));
      }
      if (size == 0) {
        return this;
      }
      if (count > 0) {
        int last = count - 1;
        long end = starts[last] + lengths[last];
        if (end == start && offsets[last] + lengths[last] == offset) {
          lengths[last] += size;
          return this;
        }
        ascending &= start >= end;
      }
      if (count == MAX_PIECES) {
        throw new ImageException(
            file.name(), "in more than %d pieces, which is not supported".formatted(MAX_PIECES));
      }
      if (count == starts.length) {
        starts = Arrays.copyOf(starts, count * 2);
        lengths = Arrays.copyOf(lengths, count * 2);
        offsets = Arrays.copyOf(offsets, count * 2);
      }
      starts[count] = start;
      lengths[count] = size;
      offsets[count] = offset;
      count++;
      return this;
    }

    /** The file that ends with its last piece. */
    public PiecedFile build() {
      long length = 0;
      for (int i = 0; i < count; i++) {
        length = Math.max(length, starts[i] + lengths[i]);
      }
      return build(length);
    }

    /** The file with that length; pieces beyond it are never read. */
    public PiecedFile build(long length) {
      if (!ascending) {
        return sorted(length);
      }
      long[] ends = new long[count];
      for (int i = 0; i < count; i++) {
        ends[i] = starts[i] + lengths[i];
      }
      return new PiecedFile(
          file, Arrays.copyOf(starts, count), ends, Arrays.copyOf(offsets, count), length);
    }

    /** Takes out overlap the way {@link RunMemory} does it, the last piece first. */
    private PiecedFile sorted(long length) {
      List<MemoryRun> runs = new ArrayList<>(count);
      for (int i = count - 1; i >= 0; i--) {
        runs.add(new MemoryRun(starts[i], lengths[i], offsets[i]));
      }
      List<MemoryRun> plain = RunMemory.withoutOverlap(runs, file.length());
      return new PiecedFile(
          file,
          plain.stream().mapToLong(MemoryRun::start).toArray(),
          plain.stream().mapToLong(MemoryRun::end).toArray(),
          plain.stream().mapToLong(MemoryRun::fileOffset).toArray(),
          length);
    }
  }
}
