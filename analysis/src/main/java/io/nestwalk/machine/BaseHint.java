package io.nestwalk.machine;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.PhysicalMemory;
import java.util.List;
import java.util.OptionalLong;

/**
 * Tells where a raw image's memory begins when it does not begin at 0, as on most ARM machines: all
 * tables then name addresses from there on.
 */
final class BaseHint {

  private static final long PAGE = 4096;
  private static final long ADDRESS = 0x0000_ffff_ffff_f000L;

  /** Machines put their memory on such borders. */
  private static final long BORDER = 1L << 28;

  /** Fewer tables are no ground to say anything. */
  private static final int ENOUGH = 8;

  private BaseHint() {}

  /** The address at which the memory seems to begin; empty when the tables do not tell. */
  static OptionalLong of(PhysicalMemory memory, Architecture architecture, List<Long> tables) {
    if (architecture != Architecture.AARCH64 || tables.size() < ENOUGH) {
      return OptionalLong.empty();
    }
    long lowest = Long.MAX_VALUE;
    long highest = 0;
    for (long table : tables) {
      for (long offset = 0; offset < PAGE; offset += Long.BYTES) {
        long address = memory.getLong(table + offset, 0) & ADDRESS;
        if (address != 0) {
          lowest = Math.min(lowest, address);
          highest = Math.max(highest, address);
        }
      }
    }
    long base = lowest & -BORDER;
    return base != 0 && highest - base < memory.end()
        ? OptionalLong.of(base)
        : OptionalLong.empty();
  }
}
