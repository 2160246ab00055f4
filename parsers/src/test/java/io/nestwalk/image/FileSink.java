package io.nestwalk.image;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that tests write little-endian fields and memory into. */
public final class FileSink implements AutoCloseable {

  private final OutputStream out;
  private long position;

  /** Creates the file. */
  public FileSink(Path file) throws IOException {
    this(new BufferedOutputStream(Files.newOutputStream(file), 1 << 16));
  }

  /** Writes to any stream. */
  public FileSink(OutputStream out) {
    this.out = out;
  }

  /** How many bytes were written. */
  public long position() {
    return position;
  }

  public FileSink u8(int value) throws IOException {
    return bytes((byte) value);
  }

  public FileSink u16(int value) throws IOException {
    return bytes(buffer(2).putShort((short) value).array());
  }

  public FileSink u32(long value) throws IOException {
    return bytes(buffer(4).putInt((int) value).array());
  }

  public FileSink u64(long value) throws IOException {
    return bytes(buffer(8).putLong(value).array());
  }

  public FileSink text(String value) throws IOException {
    return bytes(value.getBytes(StandardCharsets.ISO_8859_1));
  }

  public FileSink bytes(byte... value) throws IOException {
    out.write(value);
    position += value.length;
    return this;
  }

  /** Zeros up to that position. */
  public FileSink zerosTo(long end) throws IOException {
    while (position < end) {
      bytes(new byte[(int) Math.min(1 << 16, end - position)]);
    }
    return this;
  }

  /** The memory of a range, which has to be present. */
  public FileSink memory(PhysicalMemory memory, AddressRange range) throws IOException {
    for (long from = range.start(); from < range.end(); from += 1 << 20) {
      bytes(memory.readBytes(from, (int) Math.min(1 << 20, range.end() - from)));
    }
    return this;
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  @SuppressWarnings("ByteBufferBackingArray") // allocated here
  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
