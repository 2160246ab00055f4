package io.nestwalk.linux;

import io.nestwalk.image.Memory;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Memory that a test writes: some bytes at a kernel address, nothing around them. */
public final class ArrayMemory implements Memory {

  private final long base;
  private final ByteBuffer bytes;

  public ArrayMemory(long base, int size) {
    this.base = base;
    bytes = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  public ArrayMemory putLong(long address, long value) {
    bytes.putLong((int) (address - base), value);
    return this;
  }

  public ArrayMemory putInt(long address, int value) {
    bytes.putInt((int) (address - base), value);
    return this;
  }

  public ArrayMemory put(long address, byte[] value) {
    bytes.put((int) (address - base), value);
    return this;
  }

  public ArrayMemory putText(long address, String text) {
    return put(address, (text + "\0").getBytes(StandardCharsets.UTF_8));
  }

  private boolean has(long address, int length) {
    return address >= base && address - base <= bytes.capacity() - length;
  }

  @Override
  public long getLong(long address, long ifMissing) {
    return has(address, Long.BYTES) ? bytes.getLong((int) (address - base)) : ifMissing;
  }

  @Override
  public int getInt(long address, int ifMissing) {
    return has(address, Integer.BYTES) ? bytes.getInt((int) (address - base)) : ifMissing;
  }

  @Override
  public int getByte(long address) {
    return has(address, 1) ? bytes.get((int) (address - base)) & 0xff : -1;
  }

  @Override
  public long read(long address, MemorySegment target) {
    if (!has(address, 1)) {
      return 0;
    }
    int from = (int) (address - base);
    long count = Math.min(target.byteSize(), bytes.capacity() - from);
    MemorySegment.copy(MemorySegment.ofArray(bytes.array()), from, target, 0, count);
    return count;
  }

  @Override
  public long locate(long address) {
    return has(address, 1) ? address - base : NOWHERE;
  }
}
