package io.nestwalk.memory;

import io.nestwalk.image.Memory;
import java.lang.foreign.MemorySegment;

/** Memory of which nothing is known: guest-physical memory behind shadow tables alone. */
public final class AbsentMemory implements Memory {

  /** The only one. */
  public static final AbsentMemory INSTANCE = new AbsentMemory();

  private AbsentMemory() {}

  @Override
  public long getLong(long address, long ifMissing) {
    return ifMissing;
  }

  @Override
  public int getInt(long address, int ifMissing) {
    return ifMissing;
  }

  @Override
  public int getByte(long address) {
    return -1;
  }

  @Override
  public long read(long address, MemorySegment target) {
    return 0;
  }

  @Override
  public long locate(long address) {
    return NOWHERE;
  }
}
