package io.nestwalk.gdb;

import io.nestwalk.image.Memory;
import java.lang.foreign.MemorySegment;

/**
 * A virtual memory and, for what it lacks, another: where page tables are isolated, the space that
 * a CPU had in user mode lacks the kernel.
 *
 * @param first asked first
 * @param second asked for pages that the first lacks
 */
record EitherMemory(Memory first, Memory second) implements Memory {

  private static final long PAGE = 4096;

  private Memory of(long address) {
    return first.isPresent(address) ? first : second;
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
  public int getByte(long address) {
    return of(address).getByte(address);
  }

  @Override
  public long read(long address, MemorySegment target) {
    long done = 0;
    while (done < target.byteSize()) {
      long at = address + done;
      long wanted = Math.min(target.byteSize() - done, PAGE - (at & PAGE - 1));
      long got = of(at).read(at, target.asSlice(done, wanted));
      done += got;
      if (got < wanted) {
        break;
      }
    }
    return done;
  }

  @Override
  public long locate(long address) {
    return of(address).locate(address);
  }
}
