package io.nestwalk.image.qemu;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.PiecedFile;

/**
 * How much memory a PC's firmware is told of: QEMU writes it into the real-time clock's memory
 * (hw/i386/pc.c, pc_cmos_init), where neither firmware nor systems change it.
 *
 * @param low bytes below 4 GiB, in one piece from 0 on
 * @param high bytes from 4 GiB on
 */
record CmosMemory(long low, long high) {

  static final String DEVICE = "mc146818rtc";

  private static final String FIELD = "cmos_data";
  private static final int SIZE = 128;
  private static final int ABOVE_16_MIB = 0x34;
  private static final int ABOVE_4_GIB = 0x5b;

  /** Both are counted in pieces of 64 KiB. */
  private static final int UNIT = 1 << 16;

  private static final long MIB_16 = 16L << 20;

  /** What the clock tells; null when it tells nothing, as on a machine with less than 16 MiB. */
  static CmosMemory of(DeviceState clock, PiecedFile stream) throws ImageException {
    Long place = clock.places().get(FIELD);
    if (place == null || !stream.holds(place, SIZE)) {
      return null;
    }
    long above16Mib = number(stream, place + ABOVE_16_MIB, 2);
    return above16Mib == 0
        ? null
        : new CmosMemory(MIB_16 + above16Mib * UNIT, number(stream, place + ABOVE_4_GIB, 3) * UNIT);
  }

  long all() {
    return low + high;
  }

  private static long number(PiecedFile stream, long at, int bytes) throws ImageException {
    long value = 0;
    for (int i = bytes - 1; i >= 0; i--) {
      value = value << 8 | stream.byteAt(at + i);
    }
    return value;
  }
}
