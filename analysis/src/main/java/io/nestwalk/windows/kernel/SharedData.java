package io.nestwalk.windows.kernel;

import io.nestwalk.image.Memory;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the kernel shows every process, {@code _KUSER_SHARED_DATA}. Its members have stood at the
 * same places since Windows 7 on every architecture.
 *
 * @param build the number that the system shows, from Windows 10 on; it may be higher than the
 *     kernel's own (19045 of 19041)
 * @param systemRoot the folder of the system: {@code C:\Windows}
 * @param systemTime when the image was taken, by the machine's clock
 * @param torn whether the time was being written when the image was taken: its halves differ
 */
public record SharedData(
    OptionalInt build, Optional<String> systemRoot, Optional<Instant> systemTime, boolean torn) {

  /** Where it is in the kernel's part of 64-bit address spaces. */
  static final long ADDRESS_64 = 0xffff_f780_0000_0000L;

  /** Where it is in 32-bit ones. */
  static final long ADDRESS_32 = 0xffdf_0000L;

  private static final int TIME = 0x14;
  private static final int ROOT = 0x30;
  private static final int ROOT_BYTES = 260 * 2;
  private static final int BUILD = 0x260;
  private static final int BUILD_MASK = 0xffff;

  /** The member is of Windows 10; what stood there before is no build. */
  private static final int FIRST_BUILD = 10240;

  static SharedData read(Memory memory, boolean wide) {
    long address = wide ? ADDRESS_64 : ADDRESS_32;
    int build = memory.getInt(address + BUILD, 0) & BUILD_MASK;
    long low = memory.getInt(address + TIME, 0) & 0xffff_ffffL;
    int high = memory.getInt(address + TIME + 4, 0);
    int second = memory.getInt(address + TIME + 8, 0);
    return new SharedData(
        build >= FIRST_BUILD ? OptionalInt.of(build) : OptionalInt.empty(),
        root(memory, address + ROOT),
        Kernel.time((long) high << 32 | low),
        high != second);
  }

  private static Optional<String> root(Memory memory, long address) {
    return Kernel.utf16(memory, address, ROOT_BYTES)
        .map(text -> text.indexOf(0) < 0 ? text : text.substring(0, text.indexOf(0)))
        .filter(text -> text.length() > 2 && text.charAt(1) == ':');
  }
}
