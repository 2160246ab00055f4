package io.nestwalk.search;

import io.nestwalk.image.AddressRange;
import io.nestwalk.survey.PageDetector;
import io.nestwalk.survey.Survey;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds copies of the memory map that a PC's firmware gives to its system: entries of 20 bytes
 * (address, length, type) in ascending order, of which the first is RAM from 0 on. Linux keeps
 * several (boot_params and its e820 tables). The form is that of the ACPI specification's "INT 15H,
 * E820H" and of Linux' {@code struct boot_e820_entry}. Each found map is its ranges of RAM.
 *
 * <p>A map that goes on in the next page is found as far as its page has it.
 */
final class FirmwareMapDetector implements PageDetector<List<AddressRange>> {

  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int ENTRY_BYTES = 20;
  private static final int LENGTH_AT = 8;
  private static final int TYPE_AT = 16;
  private static final int STEP = 4;

  private static final int RAM = 1;

  /** Beyond every type that ACPI and Linux know. */
  private static final int TYPES = 20;

  /** A PC's RAM from 0 on ends at or below its video memory, and has more than a few pages. */
  private static final long LOW_LEAST = 0x1_0000;

  private static final long LOW_MOST = 0xa_0000;

  /** As many as Linux has room for. */
  private static final int MOST_ENTRIES = 128;

  private static final long PHYSICAL_END = 1L << 52;

  @Override
  public String name() {
    return "firmware-map";
  }

  @Override
  public Scan<List<AddressRange>> begin() {
    return new Scan<>() {

      private final List<List<AddressRange>> found = new ArrayList<>();

      @Override
      public void page(long address, MemorySegment bytes, long offset) {
        long end = offset + Survey.PAGE_SIZE;
        for (long at = offset; at <= end - 2 * ENTRY_BYTES; at += STEP) {
          if (bytes.get(INT, at + TYPE_AT) == RAM && isLow(bytes, at)) {
            List<AddressRange> map = ranges(bytes, at, end);
            if (map.size() > 1 && !found.contains(map)) {
              found.add(map);
            }
          }
        }
      }

      @Override
      public List<List<AddressRange>> found() {
        return found;
      }
    };
  }

  private static boolean isLow(MemorySegment bytes, long at) {
    long length = bytes.get(LONG, at + LENGTH_AT);
    return bytes.get(LONG, at) == 0 && length >= LOW_LEAST && length <= LOW_MOST;
  }

  private static List<AddressRange> ranges(MemorySegment bytes, long first, long end) {
    List<AddressRange> ram = new ArrayList<>();
    long reached = 0;
    long at = first;
    for (int i = 0; i < MOST_ENTRIES && at <= end - ENTRY_BYTES; i++, at += ENTRY_BYTES) {
      long start = bytes.get(LONG, at);
      long length = bytes.get(LONG, at + LENGTH_AT);
      int type = bytes.get(INT, at + TYPE_AT);
      boolean follows = start >= reached && start < PHYSICAL_END;
      if (!follows || length <= 0 || length > PHYSICAL_END - start || type < 1 || type > TYPES) {
        break;
      }
      reached = start + length;
      if (type == RAM) {
        int last = ram.size() - 1;
        if (last >= 0 && ram.get(last).end() == start) {
          ram.set(last, new AddressRange(ram.get(last).start(), reached - ram.get(last).start()));
        } else {
          ram.add(new AddressRange(start, length));
        }
      }
    }
    return List.copyOf(ram);
  }
}
