package io.nestwalk.extract;

import io.nestwalk.image.Memory;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A program or library as a process has it in memory, written back in the form of its file (ELF, 64
 * bits, little endian): the segments at their places in the file, without sections, which are not
 * loaded. What the process has changed is changed in it too.
 */
public final class LoadedElf {

  // ELF-64 Object File Format: header and program headers.
  private static final int HEADER = 64;
  private static final int PROGRAM_HEADER = 56;
  private static final int MOST_SEGMENTS = 128;
  private static final int LOAD = 1;
  private static final long MOST_BYTES = 1L << 32;
  private static final int BLOCK = 1 << 16;
  private static final int SECTIONS_AT = 40;
  private static final int SECTION_COUNT_AT = 60;

  private final Memory memory;
  private final ByteBuffer header;
  private final long bias;
  private final List<Segment> segments;

  /** A segment that is loaded: where it stands in the file and in memory. */
  private record Segment(long offset, long address, long length) {}

  private LoadedElf(Memory memory, ByteBuffer header, long bias, List<Segment> segments) {
    this.memory = memory;
    this.header = header;
    this.bias = bias;
    this.segments = segments;
  }

  /**
   * The ELF image whose header stands at an address.
   *
   * @param memory the process's
   * @param address where its first segment is mapped
   * @return empty when there is none
   */
  public static Optional<LoadedElf> at(Memory memory, long address) {
    byte[] start = memory.readBytes(address, HEADER);
    if (start.length < HEADER
        || start[0] != 0x7f
        || start[1] != 'E'
        || start[2] != 'L'
        || start[3] != 'F'
        || start[4] != 2
        || start[5] != 1) {
      return Optional.empty();
    }
    ByteBuffer header = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN);
    long table = header.getLong(32);
    int count = Math.min(Short.toUnsignedInt(header.getShort(56)), MOST_SEGMENTS);
    List<Segment> segments = new ArrayList<>();
    long bias = 0;
    for (int i = 0; i < count; i++) {
      byte[] bytes = memory.readBytes(address + table + (long) i * PROGRAM_HEADER, PROGRAM_HEADER);
      ByteBuffer entry = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      if (bytes.length < PROGRAM_HEADER || entry.getInt(0) != LOAD) {
        continue;
      }
      Segment segment = new Segment(entry.getLong(8), entry.getLong(16), entry.getLong(32));
      if (segment.offset < 0
          || segment.length < 0
          || segment.offset > MOST_BYTES
          || segment.length > MOST_BYTES - segment.offset) {
        return Optional.empty();
      }
      if (segments.isEmpty()) {
        bias = address - (segment.address - segment.offset);
      }
      segments.add(segment);
    }
    segments.sort(Comparator.comparingLong(Segment::offset));
    return segments.isEmpty()
        ? Optional.empty()
        : Optional.of(new LoadedElf(memory, header, bias, segments));
  }

  /** How long the file is: up to the end of its last segment. */
  public long size() {
    return segments.stream().mapToLong(each -> each.offset + each.length).max().orElse(0);
  }

  /**
   * Writes the file.
   *
   * @return how many bytes are not in memory and were written as zeros
   */
  public long write(OutputStream stream) throws IOException {
    long at = 0;
    long missing = 0;
    for (Segment segment : segments) {
      long skipped = Math.max(0, at - segment.offset);
      if (skipped < segment.length) {
        zeros(segment.offset + skipped - at, stream);
        missing += copy(segment, skipped, stream);
        at = segment.offset + segment.length;
      }
    }
    return missing;
  }

  private long copy(Segment segment, long skipped, OutputStream stream) throws IOException {
    long missing = 0;
    for (long done = skipped; done < segment.length; done += BLOCK) {
      int length = (int) Math.min(BLOCK, segment.length - done);
      byte[] block = new byte[length];
      missing += PresentBytes.read(memory, bias + segment.address + done, block);
      withoutSections(segment.offset + done, block);
      stream.write(block);
    }
    return missing;
  }

  /** Sections are not loaded: the header must not promise them. */
  private void withoutSections(long offset, byte[] block) {
    if (offset == 0 && block.length >= header.capacity()) {
      ByteBuffer start = ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN);
      start.putLong(SECTIONS_AT, 0);
      start.putShort(SECTION_COUNT_AT, (short) 0);
      start.putShort(SECTION_COUNT_AT + Short.BYTES, (short) 0);
    }
  }

  private static void zeros(long count, OutputStream stream) throws IOException {
    for (long left = count; left > 0; left -= BLOCK) {
      stream.write(new byte[(int) Math.min(BLOCK, left)]);
    }
  }
}
