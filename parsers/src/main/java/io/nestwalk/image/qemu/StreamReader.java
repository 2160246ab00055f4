package io.nestwalk.image.qemu;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.Memory;
import io.nestwalk.image.PiecedFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** A place in the stream that moves on as values are read. Big-endian, checked against the end. */
final class StreamReader {

  /** Fields of devices to be looked at. A machine with a thousand CPUs has some 100,000. */
  private static final int MAX_STEPS = 1 << 24;

  private final PiecedFile stream;
  private long position;
  private int steps;

  StreamReader(PiecedFile stream, long position) {
    this.stream = stream;
    this.position = position;
  }

  PiecedFile stream() {
    return stream;
  }

  long position() {
    return position;
  }

  /** Goes to another place; what lies outside the stream shows at the next read. */
  void seek(long newPosition) {
    position = newPosition;
  }

  boolean atEnd() {
    return position >= stream.length();
  }

  int readByte() throws ImageException {
    return stream.byteAt(position++);
  }

  int readShort() throws ImageException {
    int high = readByte();
    return high << 8 | readByte();
  }

  /** 32 bits, unsigned. */
  long readInt() throws ImageException {
    long value = Integer.toUnsignedLong(Integer.reverseBytes((int) stream.intAt(position)));
    position += Integer.BYTES;
    return value;
  }

  long readLong() throws ImageException {
    long value = Long.reverseBytes(stream.longAt(position));
    position += Long.BYTES;
    return value;
  }

  /** A name with a length of one byte before it. */
  String readName() throws ImageException {
    return readText(readByte());
  }

  /** Text of that many bytes; what can't be printed is shown as "?". */
  String readText(int length) throws ImageException {
    byte[] bytes = stream.slice(position, length).toArray(ValueLayout.JAVA_BYTE);
    position += length;
    for (int i = 0; i < length; i++) {
      if (bytes[i] < ' ' || bytes[i] == 0x7f) {
        bytes[i] = '?';
      }
    }
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  /** Moves on; never beyond the stream's end. */
  void skip(long count) throws ImageException {
    if (!stream.holds(position, count)) {
      throw new ImageException(
          stream.name(),
          "at 0x%x: %d bytes are needed here, the stream ends at 0x%x"
              .formatted(position, count, stream.length()));
    }
    position += count;
  }

  /** The bytes of a value of 1, 2, 4 or 8 bytes, as an unsigned number. */
  long readValue(int size) throws ImageException {
    return switch (size) {
      case 1 -> readByte();
      case 2 -> readShort();
      case 4 -> readInt();
      case 8 -> readLong();
      default -> throw new IllegalArgumentException("size " + size);
    };
  }

  /** A little-endian value out of a page that the stream holds: 64 bits. */
  long peekPage(long offset) throws ImageException {
    MemorySegment bytes = stream.slice(position + offset, Long.BYTES);
    return bytes.get(Memory.LONG, 0);
  }

  /** Counts a piece of work that the stream can ask for without having bytes for it. */
  void step() throws ImageException {
    if (++steps > MAX_STEPS) {
      throw fault("more than %d fields of devices are not read".formatted(MAX_STEPS));
    }
  }

  /** An exception about the place where the reader is. */
  ImageException fault(String rule) {
    return new ImageException(stream.name(), "at 0x%x of the stream: %s".formatted(position, rule));
  }
}
