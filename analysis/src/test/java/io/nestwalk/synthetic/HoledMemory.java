package io.nestwalk.synthetic;

import io.nestwalk.image.Memory;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/**
 * A memory from which pages of 4 KiB are taken out.
 *
 * @param holes their numbers
 */
public record HoledMemory(Memory original, Set<Long> holes) implements Memory {

  private static final int SHIFT = 12;

  private boolean has(long address) {
    return !holes.contains(address >>> SHIFT);
  }

  @Override
  public long getLong(long address, long ifMissing) {
    return has(address) ? original.getLong(address, ifMissing) : ifMissing;
  }

  @Override
  public int getInt(long address, int ifMissing) {
    return has(address) ? original.getInt(address, ifMissing) : ifMissing;
  }

  @Override
  public int getByte(long address) {
    return has(address) ? original.getByte(address) : -1;
  }

  @Override
  public long read(long address, MemorySegment target) {
    long length = 0;
    while (length < target.byteSize() && has(address + length)) {
      long nextPage = (((address + length) >>> SHIFT) + 1) << SHIFT;
      length = Math.min(target.byteSize(), nextPage - address);
    }
    return length == 0 ? 0 : original.read(address, target.asSlice(0, length));
  }

  @Override
  public long locate(long address) {
    return has(address) ? original.locate(address) : NOWHERE;
  }
}
