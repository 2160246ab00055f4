package io.nestwalk.image.vmware;

import io.nestwalk.image.Memory;
import io.nestwalk.image.Registers;

/**
 * Whether a CPU with PAE was in long mode, for checkpoints that have no EFER: in long mode RIP can
 * be walked through four levels of tables from CR3, or five with CR4.LA57. Intel SDM volume 3,
 * chapter 4.5.
 */
final class LongModeByWalk {

  private static final long PRESENT = 1;
  private static final long LARGE = 1 << 7;
  private static final long ADDRESS = 0x000f_ffff_ffff_f000L;
  private static final long CR4_LA57 = 1L << 12;

  private LongModeByWalk() {}

  static boolean succeeds(Memory memory, Registers registers) {
    long rip = registers.get("rip", 0);
    long table = registers.get("cr3", 0) & ADDRESS;
    int top = (registers.get("cr4", 0) & CR4_LA57) != 0 ? 5 : 4;
    for (int level = top; level > 0; level--) {
      long index = (rip >>> (12 + 9 * (level - 1))) & 0x1ff;
      long entry = memory.getLong(table + index * Long.BYTES, 0);
      if ((entry & PRESENT) == 0) {
        return false;
      }
      if ((entry & LARGE) != 0 && (level == 2 || level == 3)) {
        return memory.isPresent(entry & ADDRESS);
      }
      table = entry & ADDRESS;
    }
    return memory.isPresent(table);
  }
}
