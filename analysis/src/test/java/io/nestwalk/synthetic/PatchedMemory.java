package io.nestwalk.synthetic;

import io.nestwalk.image.Memory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** A memory of which some bytes say something else. */
public final class PatchedMemory implements Memory {

  private final Memory original;

  /** Asked for neighbours alone: Jazzer walks a whole map when one is asked for a key. */
  private final NavigableMap<Long, Byte> patches = new TreeMap<>();

  /** A memory like {@code original}. */
  public PatchedMemory(Memory original) {
    this.original = original;
  }

  /** Changes eight bytes. */
  public void putLong(long address, long value) {
    for (int i = 0; i < Long.BYTES; i++) {
      patches.put(address + i, (byte) (value >>> (8 * i)));
    }
  }

  /** Changes a byte. */
  public void putByte(long address, int value) {
    patches.put(address, (byte) value);
  }

  @Override
  public long getLong(long address, long ifMissing) {
    return isPatched(address, Long.BYTES)
        ? Memory.assembleLong(this, address, ifMissing)
        : original.getLong(address, ifMissing);
  }

  @Override
  public int getInt(long address, int ifMissing) {
    return isPatched(address, Integer.BYTES)
        ? Memory.assembleInt(this, address, ifMissing)
        : original.getInt(address, ifMissing);
  }

  private boolean isPatched(long address, int length) {
    Long next = patches.ceilingKey(address);
    return next != null && next < address + length;
  }

  @Override
  public int getByte(long address) {
    Map.Entry<Long, Byte> next = patches.ceilingEntry(address);
    return next != null && next.getKey() == address
        ? next.getValue() & 0xff
        : original.getByte(address);
  }

  @Override
  public long read(long address, MemorySegment target) {
    long count = original.read(address, target);
    if (count > 0) {
      patches
          .subMap(address, address + count)
          .forEach((at, value) -> target.set(ValueLayout.JAVA_BYTE, at - address, value));
    }
    return count;
  }

  @Override
  public long locate(long address) {
    return original.locate(address);
  }
}
