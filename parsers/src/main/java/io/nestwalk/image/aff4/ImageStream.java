package io.nestwalk.image.aff4;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.Memory;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Map;

/**
 * Bytes that are stored in chunks of one size, packed one by one. Immutable once it is read.
 *
 * <p>Member "00000000" holds the first chunks one after the other, "00000000.index" an offset and a
 * length of each; the form before the standard has "00000000/index" with the ends of the chunks.
 */
final class ImageStream {

  private static final int DEFAULT_CHUNK = 32 << 10;
  private static final int DEFAULT_CHUNKS = 1024;
  private static final int MIN_CHUNK = 512;
  private static final int MAX_CHUNK = 64 << 20;

  /** Heap for so many entries; half a TiB in chunks of the usual size. */
  private static final int MAX_CHUNKS = 1 << 24;

  private static final int MAX_INDEX = 256 << 20;
  private static final int ENTRY = Long.BYTES + Integer.BYTES;

  private final ImageFile file;
  private final Packing packing;
  private final int chunkSize;
  private final long size;

  /** Where each chunk stands in the file. */
  private long[] offsets = new long[DEFAULT_CHUNKS];

  /** How many bytes are stored of each; 0 for one that is not there. */
  private int[] lengths = new int[DEFAULT_CHUNKS];

  private int count;

  private ImageStream(ImageFile file, Packing packing, int chunkSize, long size) {
    this.file = file;
    this.packing = packing;
    this.chunkSize = chunkSize;
    this.size = size;
  }

  /** Reads the indexes of the stream of that name. */
  static ImageStream read(
      ImageFile file, Map<String, Member> members, Description description, String name)
      throws ImageException {
    long chunkSize = description.number(name, "chunkSize", "chunk_size").orElse(DEFAULT_CHUNK);
    long perBevy =
        description
            .number(name, "chunksInSegment", "chunks_per_segment", "chunks_in_segment")
            .orElse(DEFAULT_CHUNKS);
    if (chunkSize < MIN_CHUNK || chunkSize > MAX_CHUNK || perBevy <= 0 || perBevy > MAX_CHUNKS) {
      throw new ImageException(
          file.name(),
          "chunks of %d bytes, %d a member, which is not supported".formatted(chunkSize, perBevy));
    }
    String method =
        description.value(name, "compressionMethod", "CompressionMethod", "compression").orElse("");
    Packing packing =
        method.isEmpty()
            ? Packing.ZLIB
            : Packing.of(method)
                .orElseThrow(
                    () ->
                        new ImageException(
                            file.name(),
                            "an AFF4 volume whose chunks are packed by %s, which is not supported"
                                .formatted(Description.shown(method))));
    ImageStream stream =
        new ImageStream(
            file,
            packing,
            (int) chunkSize,
            description.number(name, "size").orElse(Long.MAX_VALUE));
    for (long bevy = 0; bevy * perBevy < MAX_CHUNKS; bevy++) {
      String bevyName = "%s/%08d".formatted(name, bevy);
      Member data = members.get(bevyName);
      if (data == null) {
        break;
      }
      stream.addBevy(bevyName, data, members, (int) (bevy * perBevy), (int) perBevy);
    }
    return stream;
  }

  private void addBevy(
      String name, Member data, Map<String, Member> members, int first, int perBevy)
      throws ImageException {
    Member index = members.get(name + ".index");
    Member old = members.get(name + "/index");
    if (!data.isStored() || (index == null && old == null)) {
      return; // its chunks can't be had: they stay absent
    }
    byte[] bytes = (index == null ? old : index).read(file, name, MAX_INDEX);
    MemorySegment entries = MemorySegment.ofArray(bytes);
    int chunks = Math.min(perBevy, bytes.length / (index == null ? Integer.BYTES : ENTRY));
    makeRoom(first + chunks);
    // Writers before the standard noted where chunks begin, or where they end.
    boolean starts = index == null && chunks > 0 && entries.get(Memory.INT, 0) == 0;
    for (int i = 0; i < chunks; i++) {
      long at;
      long length;
      if (index != null) {
        at = entries.get(Memory.LONG, (long) i * ENTRY);
        length = Integer.toUnsignedLong(entries.get(Memory.INT, (long) i * ENTRY + Long.BYTES));
      } else {
        at = starts || i > 0 ? word(entries, starts ? i : i - 1) : 0;
        long end = starts && i + 1 == chunks ? data.size() : word(entries, starts ? i + 1 : i);
        length = end - at;
      }
      boolean there = at >= 0 && length > 0 && at <= data.size() && length <= data.size() - at;
      if (there && length <= 2L * chunkSize + 1024) {
        offsets[first + i] = data.offset() + at;
        lengths[first + i] = (int) length;
      }
    }
    count = first + chunks;
  }

  private static long word(MemorySegment entries, int number) {
    return Integer.toUnsignedLong(entries.get(Memory.INT, (long) number * Integer.BYTES));
  }

  private void makeRoom(int needed) throws ImageException {
    if (needed > MAX_CHUNKS) {
      throw new ImageException(
          file.name(), "more than %d chunks, which is not supported".formatted(MAX_CHUNKS));
    }
    if (needed > offsets.length) {
      int room = Math.max(needed, Math.min(MAX_CHUNKS, offsets.length * 2));
      offsets = Arrays.copyOf(offsets, room);
      lengths = Arrays.copyOf(lengths, room);
    }
  }

  int chunkSize() {
    return chunkSize;
  }

  /** How many bytes of the stream there can be: those of the chunks that the index has. */
  long length() {
    return Math.min(size, (long) count * chunkSize);
  }

  /** Whether a chunk is there at all. */
  boolean has(long chunk) {
    return chunk < count && lengths[(int) chunk] > 0;
  }

  /** Whether a chunk stands in the file as it is. */
  boolean isPlain(long chunk) {
    return lengths[(int) chunk] == chunkSize;
  }

  /** Where a chunk begins in the file. */
  long offset(long chunk) {
    return offsets[(int) chunk];
  }

  /** Unpacks part of a chunk. */
  void unpack(long chunk, long from, MemorySegment target) throws ImageException {
    MemorySegment stored = file.slice(offset(chunk), lengths[(int) chunk]);
    byte[] whole = new byte[chunkSize];
    try {
      int length = packing.unpack(stored.toArray(ValueLayout.JAVA_BYTE), whole);
      // Zeros where the stream's last chunk is not filled up are not those of memory.
      if (from + target.byteSize() > length) {
        throw new ImageException(
            file.name(), offset(chunk), "chunk %d has %d bytes".formatted(chunk, length));
      }
    } catch (IOException e) {
      throw new ImageException(
          file.name(), "the chunk at 0x%x is damaged".formatted(offset(chunk)), e);
    }
    MemorySegment.copy(MemorySegment.ofArray(whole), from, target, 0, target.byteSize());
  }
}
