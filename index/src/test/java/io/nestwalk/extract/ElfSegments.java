package io.nestwalk.extract;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A core as a tool sees it that knows nothing but program headers.
 *
 * @param segments in the file's order
 */
record ElfSegments(ByteBuffer content, List<Segment> segments, TreeMap<Long, Segment> byAddress) {

  private static final int LOAD = 1;
  private static final int NOTE = 4;
  private static final int PN_NOTES_ALIGNMENT = 4;

  /** A PT_LOAD header. */
  record Segment(long offset, long virtual, long physical, long size, long alignment) {}

  static ElfSegments of(Path file, boolean narrow) throws IOException {
    ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int at = (int) (narrow ? content.getInt(28) : content.getLong(32));
    int count = Short.toUnsignedInt(content.getShort(narrow ? 44 : 56));
    List<Segment> segments = new ArrayList<>();
    TreeMap<Long, Segment> byAddress = new TreeMap<>(Long::compareUnsigned);
    for (int i = 0; i < count; i++, at += narrow ? 32 : 56) {
      if (content.getInt(at) == LOAD) {
        Segment segment =
            narrow
                ? new Segment(
                    word(content, at + 4),
                    word(content, at + 8),
                    word(content, at + 12),
                    word(content, at + 16),
                    word(content, at + 28))
                : new Segment(
                    content.getLong(at + 8),
                    content.getLong(at + 16),
                    content.getLong(at + 24),
                    content.getLong(at + 32),
                    content.getLong(at + 48));
        segments.add(segment);
        byAddress.put(segment.virtual(), segment);
      }
    }
    return new ElfSegments(content, segments, byAddress);
  }

  /** A note of a core of class 64. */
  record CoreNote(int type, ByteBuffer content) {}

  /** The notes of a core of class 64, in order. */
  static List<CoreNote> notes(Path file) throws IOException {
    ByteBuffer core = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int header = (int) core.getLong(32);
    assert core.getInt(header) == NOTE;
    int at = (int) core.getLong(header + 8);
    int end = at + (int) core.getLong(header + 32);
    List<CoreNote> notes = new ArrayList<>();
    while (at < end) {
      int content = at + 12 + padded(core.getInt(at));
      int size = core.getInt(at + 4);
      notes.add(
          new CoreNote(
              core.getInt(at + 8), core.slice(content, size).order(ByteOrder.LITTLE_ENDIAN)));
      at = content + padded(size);
    }
    return notes;
  }

  private static int padded(int size) {
    return size + PN_NOTES_ALIGNMENT - 1 & -PN_NOTES_ALIGNMENT;
  }

  private static long word(ByteBuffer content, int at) {
    return Integer.toUnsignedLong(content.getInt(at));
  }

  /** The bytes at a virtual address; none where no segment has all of them. */
  byte[] read(long address, int length) {
    Map.Entry<Long, Segment> found = byAddress.floorEntry(address);
    if (found == null || address - found.getKey() + length > found.getValue().size()) {
      return new byte[0];
    }
    byte[] bytes = new byte[length];
    content.get((int) (found.getValue().offset() + (address - found.getKey())), bytes);
    return bytes;
  }
}
