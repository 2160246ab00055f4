package io.nestwalk.paging;

import static io.nestwalk.paging.Bits.bit;
import static io.nestwalk.paging.Bits.range;
import static io.nestwalk.paging.EntryFormat.Flag.any;
import static io.nestwalk.paging.EntryFormat.Flag.leaf;

import io.nestwalk.image.Architecture;
import io.nestwalk.paging.PagingMode.Stage;
import java.util.ArrayList;
import java.util.List;

/**
 * RISC-V's Sv39, Sv48 and Sv57 and the x4 forms of the hypervisor extension: RISC-V Privileged
 * Architecture, chapters "Supervisor-Level ISA" and "Hypervisor Extension". NAPOT pages (Svnapot)
 * are taken for reserved.
 */
public final class RiscvModes {

  private static final long VALID = bit(0);
  private static final long READ = bit(1);
  private static final long WRITE = bit(2);
  private static final long EXECUTE = bit(3);
  private static final long USER = bit(4);
  private static final long ACCESSED = bit(6);
  private static final long DIRTY = bit(7);
  private static final long NAPOT = bit(63);
  private static final int PPN_SHIFT = 10;
  private static final int PPN_TOP = 53;
  private static final int PAGE_SHIFT = 12;
  private static final int TABLE_BITS = 9;

  private RiscvModes() {}

  /** Sv39, Sv48 or Sv57: 3, 4 or 5 levels. */
  public static PagingMode sv(int depth) {
    return of("Sv" + bits(depth), depth, Stage.FIRST, InputRule.SIGN_EXTENDED, TABLE_BITS);
  }

  /** Sv39x4, Sv48x4 or Sv57x4: the root has four times the entries, 16 KiB in all. */
  public static PagingMode svX4(int depth) {
    return of(
        "Sv" + bits(depth) + "x4", depth, Stage.SECOND, InputRule.ZERO_EXTENDED, TABLE_BITS + 2);
  }

  private static int bits(int depth) {
    return PAGE_SHIFT + depth * TABLE_BITS;
  }

  private static PagingMode of(
      String name, int depth, Stage stage, InputRule input, int rootIndexBits) {
    List<Level> levels = new ArrayList<>();
    for (int level = depth - 1; level >= 0; level--) {
      int shift = PAGE_SHIFT + level * TABLE_BITS;
      int inEntry = shift - PAGE_SHIFT + PPN_SHIFT;
      levels.add(
          new Level(
              "L" + level,
              shift,
              level == depth - 1 ? rootIndexBits : TABLE_BITS,
              true,
              new AddressField(range(PPN_TOP, inEntry), PAGE_SHIFT - PPN_SHIFT, 0, 0),
              range(63, 54) | USER | ACCESSED | DIRTY,
              range(60, 54) | NAPOT | range(inEntry - 1, PPN_SHIFT),
              false));
    }
    return new PagingMode(
        name,
        Architecture.RISCV64,
        stage,
        input,
        levels,
        entries(stage),
        range(55, PAGE_SHIFT + rootIndexBits - TABLE_BITS));
  }

  /** Guest-stage accesses are made with user rights ("Two-Stage Address Translation"). */
  private static EntryFormat entries(Stage stage) {
    long always = stage == Stage.SECOND ? USER : 0;
    Grant execute = Grant.whenLeafSet(EXECUTE | always);
    return new EntryFormat(
        8,
        VALID,
        READ | WRITE | EXECUTE,
        true,
        READ | WRITE | EXECUTE,
        new AddressField(range(PPN_TOP, PPN_SHIFT), PAGE_SHIFT - PPN_SHIFT, 0, 0),
        ForbiddenValues.of(1, 0b010, 0b110),
        ForbiddenValues.NONE,
        Grant.whenLeafSet(READ | always),
        Grant.whenLeafSet(WRITE | always),
        execute,
        stage == Stage.SECOND ? Grant.ALWAYS : Grant.whenLeafSet(USER),
        execute,
        List.of(
            any(VALID, "V"),
            leaf(READ, "R"),
            leaf(WRITE, "W"),
            leaf(EXECUTE, "X"),
            leaf(USER, "U"),
            leaf(bit(5), "G"),
            leaf(ACCESSED, "A"),
            leaf(DIRTY, "D")),
        -1);
  }
}
