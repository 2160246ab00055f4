package io.nestwalk.synthetic;

import io.nestwalk.image.Memory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;

/** A memory of which some bytes say something else. */
public final class PatchedMemory implements Memory {

  private final Memory original;
  private final Map<Long, Byte> patches = new HashMap<>();

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
    for (int i = 0; i < length; i++) {
      if (patches.containsKey(address + i)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public int getByte(long address) {
    Byte patch = patches.get(address);
    return patch != null ? patch & 0xff : original.getByte(address);
  }

  @Override
  public long read(long address, MemorySegment target) {
    long count = original.read(address, target);
    patches.forEach(
        (at, value) -> {
          if (at >= address && at < address + count) {
            target.set(ValueLayout.JAVA_BYTE, at - address, value);
          }
        });
    return count;
  }

  @Override
  public long locate(long address) {
    return original.locate(address);
  }
}
