package io.nestwalk.extract;

import io.nestwalk.image.Memory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongToIntFunction;

/**
 * Memory without an end, of which each byte follows from its address.
 *
 * @param byteAt the byte at an address, 0 to 255
 */
record ComputedMemory(LongToIntFunction byteAt) implements Memory {

  @Override
  public int getByte(long address) {
    return byteAt.applyAsInt(address);
  }

  @Override
  public long getLong(long address, long ifMissing) {
    return Memory.assembleLong(this, address, ifMissing);
  }

  @Override
  public int getInt(long address, int ifMissing) {
    return Memory.assembleInt(this, address, ifMissing);
  }

  @Override
  public long read(long address, MemorySegment target) {
    for (long i = 0; i < target.byteSize(); i++) {
      target.set(ValueLayout.JAVA_BYTE, i, (byte) getByte(address + i));
    }
    return target.byteSize();
  }

  @Override
  public long locate(long address) {
    return NOWHERE;
  }
}
