package io.nestwalk.index;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * The runs of pages of one part of an index, in a file: a magic number (8 bytes), blocks, each with
 * its length (4 bytes) and CRC-32C (4 bytes) before it, and at the end a length of -1, the number
 * of blocks (4 bytes), of runs (8 bytes) and the CRC-32C of these two. Little-endian.
 */
final class RunFile {

  private static final long MAGIC = 0x01_534e_5552_574eL; // "NWRUNS", version 1
  private static final int END = -1;
  private static final int HEAD = 2 * Integer.BYTES;
  private static final int TAIL = 4 * Integer.BYTES + Integer.BYTES;

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private RunFile() {}

  /** Writes a file, block by block. */
  static final class Writer {

    private final OutputStream out;
    private int blocks;
    private long runs;

    /** Begins the file; the stream is closed by the caller. */
    Writer(OutputStream out) throws IOException {
      this.out = out;
      out.write(buffer(Long.BYTES).putLong(MAGIC).array());
    }

    /** A block with so many runs. */
    void block(byte[] bytes, int count) throws IOException {
      out.write(buffer(HEAD).putInt(bytes.length).putInt(checksum(ByteBuffer.wrap(bytes))).array());
      out.write(bytes);
      blocks++;
      runs += count;
    }

    /** Nothing more follows. */
    void end() throws IOException {
      ByteBuffer counts = buffer(Integer.BYTES + Long.BYTES).putInt(blocks).putLong(runs).flip();
      int checksum = checksum(counts.duplicate());
      out.write(buffer(TAIL).putInt(END).putInt(blocks).putLong(runs).putInt(checksum).array());
    }
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static int checksum(ByteBuffer bytes) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes);
    return (int) checksum.getValue();
  }

  /**
   * The blocks of a file, all of them whole.
   *
   * @param arena for as long as the blocks are used
   * @throws IOException when the file is damaged
   */
  static List<RunBlock> open(Path file, Arena arena) throws IOException {
    MemorySegment all;
    try (FileChannel channel =
        FileChannel.open(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
      all = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    }
    long end = all.byteSize() - TAIL;
    if (end < Long.BYTES || all.get(LONG, 0) != MAGIC) {
      throw damaged(file);
    }
    List<RunBlock> blocks = new ArrayList<>();
    long runs = 0;
    long at = Long.BYTES;
    while (at < end) {
      long length = all.get(INT, at);
      if (length < 0 || at + HEAD + length > end) {
        throw damaged(file);
      }
      MemorySegment bytes = all.asSlice(at + HEAD, length);
      if (checksum(bytes.asByteBuffer()) != all.get(INT, at + Integer.BYTES)) {
        throw damaged(file);
      }
      RunBlock block = new RunBlock(bytes);
      blocks.add(block);
      runs += block.count();
      at += HEAD + length;
    }
    ByteBuffer counts = all.asSlice(at + Integer.BYTES, Integer.BYTES + Long.BYTES).asByteBuffer();
    if (at != end
        || all.get(INT, at) != END
        || all.get(INT, at + Integer.BYTES) != blocks.size()
        || all.get(LONG, at + 2L * Integer.BYTES) != runs
        || all.get(INT, at + TAIL - Integer.BYTES) != checksum(counts)) {
      throw damaged(file);
    }
    return blocks;
  }

  private static IOException damaged(Path file) {
    return new IOException(file.getFileName() + " is damaged");
  }
}
