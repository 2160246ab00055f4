package io.nestwalk.synthetic;

import io.nestwalk.paging.ArmModes.Granule;
import io.nestwalk.paging.ArmModes.OutputSize;

/** The tables of a system on AArch64: a kernel's and those of two processes. */
public final class ArmSystem {

  private static final int PAGE_SHIFT = 12;
  private static final int ADDRESS_BITS = 48;
  private static final long KERNEL = 0xffff_8000_0800_0000L;
  private static final long USER = 0x40_0000L;

  private ArmSystem() {}

  /** Writes them, and something into each page that they map. */
  public static void write(WritableMemory memory, Frames frames) {
    tables(memory, frames, true, KERNEL, 256, Rights.KERNEL);
    tables(memory, frames, false, USER, 20, Rights.ALL);
    tables(memory, frames, false, USER, 30, Rights.ALL);
  }

  private static void tables(
      WritableMemory memory, Frames frames, boolean upper, long from, int pages, int rights) {
    ArmForm form = ArmForm.stage1(Granule.KIB_4, 48, upper, OutputSize.BITS_48);
    TableBuilder tables = new TableBuilder(form, memory, frames);
    for (int i = 0; i < pages; i++) {
      long page = frames.take(SparseMemory.PAGE, PAGE_SHIFT, ADDRESS_BITS);
      memory.touch(page, SparseMemory.PAGE);
      memory.putLong(page + 8, 0x0123_4567_89ab_cdefL ^ page);
      tables.map(from + ((long) i << PAGE_SHIFT), page, PAGE_SHIFT, rights);
    }
  }
}
