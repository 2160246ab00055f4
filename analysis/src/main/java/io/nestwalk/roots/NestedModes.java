package io.nestwalk.roots;

import io.nestwalk.image.Registers;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.X86Modes;
import java.util.List;

/**
 * The form of AMD's nested tables: that of the host's own at VMRUN (AMD APM volume 2, 15.25.3),
 * which QEMU notes in {@code nested_pg_mode} (its PG_MODE bits).
 */
public final class NestedModes {

  private static final int PAE = 1;
  private static final int LONG_MODE = 1 << 1;
  private static final int FIVE_LEVELS = 1 << 4;

  private NestedModes() {}

  /** Both depths of a host in long mode, the deeper one first. */
  public static List<PagingMode> longModes() {
    return List.of(
        X86Modes.nestedLong(5, X86Modes.SEARCHED_PHYSICAL_BITS),
        X86Modes.nestedLong(4, X86Modes.SEARCHED_PHYSICAL_BITS));
  }

  /**
   * The modes that a CPU's nested tables may have; where its registers do not say, those of long
   * mode.
   */
  public static List<PagingMode> of(Registers registers) {
    if (registers.get("nested_pg_mode").isEmpty()) {
      return longModes();
    }
    long mode = registers.get("nested_pg_mode", 0);
    if ((mode & LONG_MODE) != 0) {
      return List.of(
          X86Modes.nestedLong((mode & FIVE_LEVELS) != 0 ? 5 : 4, X86Modes.SEARCHED_PHYSICAL_BITS));
    }
    return List.of(
        (mode & PAE) != 0
            ? X86Modes.nestedPae(X86Modes.SEARCHED_PHYSICAL_BITS)
            : X86Modes.nestedTwoLevel());
  }
}
