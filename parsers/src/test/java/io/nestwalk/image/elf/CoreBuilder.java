package io.nestwalk.image.elf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes ELF cores for the tests, from the System V ABI's tables and without the reader's
 * constants: header, program headers, notes, contents, and section header 0 where it is needed.
 */
@SuppressWarnings("ByteBufferBackingArray") // all buffers come from buffer(), which allocates them
final class CoreBuilder {

  static final int MACHINE_386 = 3;
  static final int MACHINE_X86_64 = 62;
  static final int MACHINE_AARCH64 = 183;
  static final int MACHINE_RISCV = 243;

  private record Segment(
      int type, long offset, long virtual, long physical, long fileSize, long memorySize) {}

  private final boolean is64;
  private final List<Segment> segments = new ArrayList<>();
  private final List<byte[]> contents = new ArrayList<>();
  private ByteBuffer notes = buffer(0);
  private int machine = MACHINE_X86_64;
  private int type = 4;
  private int flags;
  private boolean countInSection;
  private int contentsLength;

  private CoreBuilder(boolean is64) {
    this.is64 = is64;
  }

  static CoreBuilder class64() {
    return new CoreBuilder(true);
  }

  static CoreBuilder class32() {
    return new CoreBuilder(false);
  }

  CoreBuilder machine(int value) {
    machine = value;
    return this;
  }

  CoreBuilder type(int value) {
    type = value;
    return this;
  }

  CoreBuilder flags(int value) {
    flags = value;
    return this;
  }

  /** Writes 0xffff as the count of headers, and the true one into section header 0. */
  CoreBuilder countInSection() {
    countInSection = true;
    return this;
  }

  /** A piece of memory with these bytes. */
  CoreBuilder memory(long physical, byte[] content) {
    return memory(physical, 0, content, content.length);
  }

  /** A piece of memory of which only the first bytes are stored. */
  CoreBuilder memory(long physical, long virtual, byte[] content, long memorySize) {
    // Relative to the contents' start; made absolute when that is known.
    segments.add(new Segment(1, contentsLength, virtual, physical, content.length, memorySize));
    contents.add(content);
    contentsLength += content.length;
    return this;
  }

  /** A header of memory whose content is that of an earlier piece, by its place in the contents. */
  CoreBuilder again(long physical, long offsetInContents, long size) {
    segments.add(new Segment(1, offsetInContents, 0, physical, size, size));
    return this;
  }

  /** A header with exactly these values; the offset is taken as it is. */
  CoreBuilder header(int segmentType, long offset, long physical, long fileSize, long memorySize) {
    segments.add(new Segment(segmentType, ~offset, 0, physical, fileSize, memorySize));
    return this;
  }

  CoreBuilder note(String name, int noteType, byte[] content) {
    byte[] nameBytes = (name + "\0").getBytes(StandardCharsets.US_ASCII);
    ByteBuffer more =
        buffer(notes.capacity() + 12 + padded(nameBytes.length) + padded(content.length));
    more.put(notes.array());
    more.putInt(nameBytes.length).putInt(content.length).putInt(noteType);
    int start = more.position();
    more.put(nameBytes).position(start + padded(nameBytes.length));
    more.put(content);
    notes = more;
    return this;
  }

  /** Bytes in place of a note, as they are. */
  CoreBuilder noteBytes(byte[] bytes) {
    ByteBuffer more = buffer(notes.capacity() + bytes.length);
    more.put(notes.array()).put(bytes);
    notes = more;
    return this;
  }

  /** Where the notes end and the contents begin. */
  int contentsStart() {
    return notesStart() + notes.capacity();
  }

  byte[] build() {
    int headerSize = is64 ? 64 : 52;
    int entrySize = is64 ? 56 : 32;
    int count = segments.size() + 1;
    int sectionSize = is64 ? 64 : 40;
    int sectionStart = contentsStart() + contentsLength;
    ByteBuffer out = buffer(sectionStart + (countInSection ? sectionSize : 0));
    out.put(new byte[] {0x7f, 'E', 'L', 'F', (byte) (is64 ? 2 : 1), 1, 1}).position(16);
    out.putShort((short) type).putShort((short) machine).putInt(1);
    word(out, 0);
    word(out, headerSize);
    word(out, countInSection ? sectionStart : 0);
    out.putInt(flags).putShort((short) headerSize).putShort((short) entrySize);
    out.putShort((short) (countInSection ? 0xffff : count));
    out.putShort((short) sectionSize)
        .putShort((short) (countInSection ? 1 : 0))
        .putShort((short) 0);
    put(out, new Segment(4, ~(long) notesStart(), 0, 0, notes.capacity(), notes.capacity()));
    for (Segment segment : segments) {
      put(out, segment);
    }
    out.put(notes.array());
    for (byte[] content : contents) {
      out.put(content);
    }
    if (countInSection) {
      out.putInt(sectionStart + (is64 ? 44 : 28), count);
    }
    return out.array();
  }

  private int notesStart() {
    return (is64 ? 64 : 52) + (segments.size() + 1) * (is64 ? 56 : 32);
  }

  private void put(ByteBuffer out, Segment s) {
    // A negated offset is absolute; see header().
    long offset = s.offset < 0 ? ~s.offset : contentsStart() + s.offset;
    out.putInt(s.type);
    if (is64) {
      out.putInt(0);
    }
    word(out, offset);
    word(out, s.virtual);
    word(out, s.physical);
    word(out, s.fileSize);
    word(out, s.memorySize);
    if (is64) {
      out.putLong(0);
    } else {
      out.putInt(0).putInt(0);
    }
  }

  private void word(ByteBuffer out, long value) {
    if (is64) {
      out.putLong(value);
    } else {
      out.putInt((int) value);
    }
  }

  private static int padded(int size) {
    return (size + 3) / 4 * 4;
  }

  static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A QEMU CPU note with a different value in every field, and these control registers. */
  static byte[] qemuCpu(int seed, long cr0, long cr3, long cr4, int csFlags) {
    ByteBuffer out = buffer(440);
    out.putInt(1).putInt(440);
    for (int i = 0; i < 18; i++) {
      out.putLong(seed * 0x1000L + i);
    }
    for (int i = 0; i < 10; i++) {
      out.putInt(0x10 + i).putInt(0x20 + i).putInt(i == 0 ? csFlags : 0x30 + i).putInt(0);
      out.putLong(0xffff_8000_0000_0000L + seed * 0x1000L + i);
    }
    out.putLong(cr0).putLong(0x11).putLong(0x22).putLong(cr3).putLong(cr4);
    out.putLong(0xffff_9000_0000_0000L + seed);
    return out.array();
  }

  /** A register note of that length, with the given width of registers from that offset on. */
  static byte[] prStatus(int length, int offset, int width, int count, long first) {
    ByteBuffer out = buffer(length);
    out.putInt(32, 1).position(offset);
    for (int i = 0; i < count; i++) {
      if (width == 8) {
        out.putLong(first + i);
      } else {
        out.putInt((int) first + i);
      }
    }
    return out.array();
  }
}
