package io.nestwalk.image.virtualbox;

import com.ning.compress.lzf.LZFException;
import com.ning.compress.lzf.util.ChunkDecoderFactory;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The data of a unit as one stream: its records' payloads one after the other. Records are unpacked
 * only when bytes of them are read, not when they are skipped.
 */
final class UnitStream {

  private final ImageFile file;
  private StreamRecord record;

  /** How many bytes of the record were read. */
  private int consumed;

  /** The record's payload where it is packed and was read from; else null. */
  private byte[] unpacked;

  /** Begins with the record at {@code at}. */
  UnitStream(ImageFile file, long at) throws ImageException {
    this.file = file;
    record = StreamRecord.read(file, at);
    settle();
  }

  /** Whether the unit has no more data. */
  boolean atEnd() {
    return record.kind() == StreamRecord.Kind.TERM;
  }

  /** The record that the next byte is in; the closing one at the end. */
  StreamRecord record() {
    return record;
  }

  /** How many bytes of {@link #record} stand before the next byte. */
  int consumed() {
    return consumed;
  }

  int readByte() throws ImageException {
    need();
    int value =
        switch (record.kind()) {
          case RAW -> file.byteAt(record.data() + consumed);
          case ZERO -> 0;
          default -> payload()[consumed] & 0xff;
        };
    advance(1);
    return value;
  }

  long readInt() throws ImageException {
    return readBytes(Integer.BYTES);
  }

  long readLong() throws ImageException {
    return readBytes(Long.BYTES);
  }

  /** Moves on without looking at the bytes. */
  void skip(long count) throws ImageException {
    long left = count;
    while (left > 0) {
      need();
      int step = (int) Math.min(left, record.length() - consumed);
      advance(step);
      left -= step;
    }
  }

  /** Fills {@code target} with the next bytes. */
  void read(MemorySegment target) throws ImageException {
    long done = 0;
    while (done < target.byteSize()) {
      need();
      int count = (int) Math.min(target.byteSize() - done, record.length() - consumed);
      MemorySegment to = target.asSlice(done, count);
      switch (record.kind()) {
        case RAW -> to.copyFrom(file.slice(record.data() + consumed, count));
        case ZERO -> to.fill((byte) 0);
        default -> MemorySegment.copy(payload(), consumed, to, ValueLayout.JAVA_BYTE, 0, count);
      }
      advance(count);
      done += count;
    }
  }

  /** The next four bytes, which stay unread; -1 when the unit has fewer. */
  long peekInt() throws ImageException {
    StreamRecord oldRecord = record;
    int oldConsumed = consumed;
    byte[] oldUnpacked = unpacked;
    try {
      return readInt();
    } catch (ImageException e) {
      return -1;
    } finally {
      record = oldRecord;
      consumed = oldConsumed;
      unpacked = oldUnpacked;
    }
  }

  /** Moves to the end of the unit, and answers with what stands behind it. */
  long skipToEnd() throws ImageException {
    while (!atEnd()) {
      next();
    }
    return record.end();
  }

  private long readBytes(int count) throws ImageException {
    long value = 0;
    for (int i = 0; i < count; i++) {
      value |= (long) readByte() << (8 * i);
    }
    return value;
  }

  private void need() throws ImageException {
    if (atEnd()) {
      throw new ImageException(file.name(), record.start(), "the unit ends too early");
    }
  }

  private void advance(int count) throws ImageException {
    consumed += count;
    settle();
  }

  /** Goes on to the record that the next byte is in. */
  private void settle() throws ImageException {
    while (!atEnd() && consumed == record.length()) {
      next();
    }
  }

  private void next() throws ImageException {
    record = StreamRecord.read(file, record.end());
    consumed = 0;
    unpacked = null;
  }

  private byte[] payload() throws ImageException {
    if (unpacked == null) {
      unpacked = unpack(file, record);
    }
    return unpacked;
  }

  /** Unpacks an LZF record, which has to come out at exactly its length. */
  static byte[] unpack(ImageFile file, StreamRecord record) throws ImageException {
    byte[] packed = file.slice(record.data(), record.size()).toArray(ValueLayout.JAVA_BYTE);
    byte[] out = new byte[record.length()];
    try {
      ChunkDecoderFactory.safeInstance().decodeChunk(packed, 0, packed.length, out, 0, out.length);
    } catch (LZFException | IndexOutOfBoundsException e) {
      throw new ImageException(
          file.name(), "the LZF data at 0x%x are damaged".formatted(record.data()), e);
    }
    return out;
  }
}
