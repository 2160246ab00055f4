package io.nestwalk.extract;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.Progress;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.util.Arrays;
import java.util.List;

/**
 * Writes an ELF core (System V ABI, chapter 4 "Object files" and 5 "Program loading"). A page of
 * zeros is skipped, not written: on file systems with holes the file takes no more room than its
 * content.
 */
final class CoreFile {

  /** p_align of a machine's segments. */
  static final int UNALIGNED = 0;

  /** p_align of a process's segments. */
  static final int PAGE = 4096;

  private static final int BLOCK = 1 << 18;

  private static final int ET_CORE = 4;
  private static final int PT_LOAD = 1;
  private static final int PT_NOTE = 4;
  private static final int PN_XNUM = 0xffff;
  private static final int CLASS_32 = 1;
  private static final int CLASS_64 = 2;

  private final Architecture architecture;
  private final boolean wide;
  private final List<Note> notes;
  private final int alignment;
  private final List<Segment> segments;
  private final List<AddressRange> contents;

  /** Where each content begins, counted from the first; behind the last, where that ends. */
  private final long[] places;

  /**
   * A core.
   *
   * @param alignment p_align of all segments: 0 for a machine's, as the kernel and QEMU write it;
   *     crash takes a page's size for an old format
   * @param segments what the program headers say; several may show the same content
   * @param contents what the file holds, once: addresses that the segments' sources are in,
   *     ascending; a segment lies in one of them
   */
  CoreFile(
      Architecture architecture,
      List<Note> notes,
      int alignment,
      List<Segment> segments,
      List<AddressRange> contents) {
    this.alignment = alignment;
    this.architecture = architecture;
    this.notes = List.copyOf(notes);
    this.segments = List.copyOf(segments);
    this.contents = List.copyOf(contents);
    places = new long[contents.size() + 1];
    for (int i = 0; i < contents.size(); i++) {
      places[i + 1] = places[i] + align(contents.get(i).length());
    }
    // A 32-bit machine's memory above 4 GiB has no place in a 32-bit core.
    wide = architecture != Architecture.X86 || segments.stream().anyMatch(CoreFile::isHigh);
  }

  private static boolean isHigh(Segment segment) {
    return segment.physical() != Segment.NO_ADDRESS
        && segment.physical() + segment.size() > 1L << Integer.SIZE;
  }

  /**
   * Writes the core.
   *
   * @param memory where segments' sources are addresses
   * @return how many bytes of memory were written or skipped as zeros
   */
  long write(SeekableByteChannel out, Memory memory, Progress progress) throws IOException {
    int noteBytes = notes.stream().mapToInt(Note::size).sum();
    long headerCount = segments.size() + 1L;
    long notesAt = headerSize() + headerCount * programHeaderSize();
    long sectionsAt = headerCount >= PN_XNUM ? notesAt + noteBytes : 0;
    long dataAt = align(notesAt + noteBytes + (sectionsAt > 0 ? sectionHeaderSize() : 0));
    out.write(header(headerCount, sectionsAt));
    programHeaders(out, notesAt, noteBytes, dataAt);
    ByteBuffer noteContent = ByteBuffer.allocate(noteBytes);
    notes.forEach(note -> note.write(noteContent));
    out.write(noteContent.flip());
    if (sectionsAt > 0) {
      out.write(countSection(headerCount));
    }
    return content(out, memory, dataAt, progress);
  }

  private static long align(long offset) {
    return offset + PAGE - 1 & -PAGE;
  }

  private int headerSize() {
    return wide ? 64 : 52;
  }

  private int programHeaderSize() {
    return wide ? 56 : 32;
  }

  private int sectionHeaderSize() {
    return wide ? 64 : 40;
  }

  private ByteBuffer header(long headerCount, long sectionsAt) {
    ByteBuffer head = buffer(headerSize());
    head.put(new byte[] {0x7f, 'E', 'L', 'F', (byte) (wide ? CLASS_64 : CLASS_32), 1, 1});
    head.position(16);
    head.putShort((short) ET_CORE).putShort((short) machine()).putInt(1);
    word(head, 0);
    word(head, headerSize());
    word(head, sectionsAt);
    head.putInt(0);
    head.putShort((short) headerSize());
    head.putShort((short) programHeaderSize());
    head.putShort((short) Math.min(headerCount, PN_XNUM));
    head.putShort((short) (sectionsAt > 0 ? sectionHeaderSize() : 0));
    head.putShort((short) (sectionsAt > 0 ? 1 : 0));
    head.putShort((short) 0);
    return head.flip();
  }

  private int machine() {
    return switch (architecture) {
      case X86 -> 3;
      case X86_64 -> 62;
      case AARCH64 -> 183;
      case RISCV64 -> 243;
    };
  }

  private void programHeaders(SeekableByteChannel out, long notesAt, int noteBytes, long dataAt)
      throws IOException {
    ByteBuffer headers = buffer(programHeaderSize() * Math.min(segments.size() + 1, BLOCK / 64));
    programHeader(headers, PT_NOTE, notesAt, new Segment(0, 0, noteBytes, 0, 0, 0), 4);
    for (Segment segment : segments) {
      if (headers.remaining() < programHeaderSize()) {
        out.write(headers.flip());
        headers.clear();
      }
      programHeader(headers, PT_LOAD, dataAt + place(segment), segment, alignment);
    }
    out.write(headers.flip());
  }

  /** Where a segment's first byte stands behind the first of all contents. */
  private long place(Segment segment) {
    int low = 0;
    int high = contents.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (Long.compareUnsigned(contents.get(middle).start(), segment.source()) <= 0) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return contents.isEmpty() ? 0 : places[low] + (segment.source() - contents.get(low).start());
  }

  private void programHeader(
      ByteBuffer headers, int type, long offset, Segment segment, int alignment) {
    headers.putInt(type);
    if (wide) {
      headers.putInt(segment.flags());
    }
    word(headers, offset);
    word(headers, segment.virtual());
    word(headers, segment.physical());
    word(headers, segment.stored());
    word(headers, segment.size());
    if (!wide) {
      headers.putInt(segment.flags());
    }
    word(headers, alignment);
  }

  /** More program headers than fit into the header's field are counted in section 0. */
  private ByteBuffer countSection(long headerCount) {
    ByteBuffer section = buffer(sectionHeaderSize());
    section.position(wide ? 44 : 28);
    section.putInt((int) headerCount);
    return section.position(0);
  }

  private void word(ByteBuffer out, long value) {
    if (wide) {
      out.putLong(value);
    } else {
      out.putInt((int) value);
    }
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private long content(SeekableByteChannel out, Memory memory, long dataAt, Progress progress)
      throws IOException {
    long total = contents.stream().mapToLong(AddressRange::length).sum();
    byte[] block = new byte[BLOCK];
    MemorySegment target = MemorySegment.ofArray(block);
    List<AddressRange> populated =
        memory instanceof PhysicalMemory physical ? physical.populatedRanges() : null;
    int next = 0;
    long done = 0;
    for (int i = 0; i < contents.size(); i++) {
      AddressRange content = contents.get(i);
      for (long offset = 0; offset < content.length(); offset += BLOCK) {
        int size = (int) Math.min(BLOCK, content.length() - offset);
        long source = content.start() + offset;
        while (populated != null
            && next < populated.size()
            && populated.get(next).end() <= source) {
          next++;
        }
        if (populated == null
            || (next < populated.size() && populated.get(next).start() < source + size)) {
          Arrays.fill(block, 0, size, (byte) 0);
          fill(memory, source, target.asSlice(0, size));
          pages(out, dataAt + places[i] + offset, block, size);
        }
        done += size;
        progress.advanced("extract", done, total);
      }
    }
    end(out, dataAt + places[contents.size()]);
    return done;
  }

  /** Segments are cut where memory is missing; should a byte be missing none the less, it is 0. */
  static void fill(Memory memory, long address, MemorySegment target) {
    for (long filled = 0; filled < target.byteSize(); ) {
      filled += memory.read(address + filled, target.asSlice(filled));
      if (filled < target.byteSize()) {
        filled += PAGE - (address + filled & PAGE - 1);
      }
    }
  }

  private static void pages(SeekableByteChannel out, long at, byte[] block, int size)
      throws IOException {
    for (int page = 0; page < size; ) {
      int end = page;
      while (end < size && !isZero(block, end, Math.min(size, end + PAGE))) {
        end = Math.min(size, end + PAGE);
      }
      if (end > page) {
        out.position(at + page);
        ByteBuffer content = ByteBuffer.wrap(block, page, end - page);
        while (content.hasRemaining()) {
          out.write(content);
        }
      }
      page = Math.min(size, end + PAGE);
    }
  }

  static boolean isZero(byte[] block, int from, int to) {
    for (int i = from; i < to; i++) {
      if (block[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** A file that ends in skipped zeros needs its last byte. */
  private static void end(SeekableByteChannel out, long size) throws IOException {
    if (out.size() < size) {
      out.position(size - 1);
      out.write(ByteBuffer.allocate(1));
    }
  }
}
