package io.nestwalk.find;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.PhysicalMemory;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** How common each value of a byte is in a memory, told from a sample. Immutable. */
final class ByteCounts {

  /** For small windows, of which nothing need be known: zeros alone are common. */
  static final ByteCounts UNKNOWN = new ByteCounts(new byte[] {0}, 1);

  private static final int VALUES = 256;
  private static final int SAMPLES = 256;
  private static final int SAMPLE_BYTES = 4096;

  /** What stands more often than once in so many bytes is not rare. */
  private static final int RARE = 32;

  private final int[] counts = new int[VALUES];
  private final int total;

  private ByteCounts(byte[] sample, int length) {
    for (int i = 0; i < length; i++) {
      counts[sample[i] & 0xff]++;
    }
    total = length;
  }

  /** Looks at pages that are spread over what may hold something else than zeros. */
  static ByteCounts in(PhysicalMemory memory) {
    List<AddressRange> ranges = memory.populatedRanges();
    long all = ranges.stream().mapToLong(AddressRange::length).sum();
    long step = Math.max(SAMPLE_BYTES, all / SAMPLES);
    byte[] sample = new byte[SAMPLES * SAMPLE_BYTES];
    int length = 0;
    long skip = 0;
    for (AddressRange range : ranges) {
      for (; skip < range.length() && length + SAMPLE_BYTES <= sample.length; skip += step) {
        int wanted = (int) Math.min(SAMPLE_BYTES, range.length() - skip);
        MemorySegment target = MemorySegment.ofArray(sample).asSlice(length, wanted);
        length += (int) memory.read(range.start() + skip, target);
      }
      skip -= Math.min(skip, range.length());
    }
    return new ByteCounts(sample, length);
  }

  /** How often a value stands in the sample. */
  int of(byte value) {
    return counts[value & 0xff];
  }

  /** Whether it pays to look for a value alone. */
  boolean isRare(byte value) {
    return (long) of(value) * RARE <= total;
  }
}
