package io.nestwalk.roots;

import static io.nestwalk.image.RegisterNames.PC;

import io.nestwalk.image.Memory;
import io.nestwalk.image.Registers;
import io.nestwalk.paging.ArmModes;
import io.nestwalk.paging.ArmModes.Granule;
import io.nestwalk.paging.ArmModes.OutputSize;
import io.nestwalk.paging.InputRule;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Walker;
import io.nestwalk.roots.Evidence.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The first stage of AArch64: each half of the address space has a root and a mode of its own. */
enum ArmFirstStage implements FirstStage {
  INSTANCE;

  /** The widths of virtual addresses that Linux, Windows and the BSDs are built with. */
  private static final List<PagingMode> MODES =
      List.of(
          mode(Granule.KIB_4, 52, OutputSize.LPA2),
          mode(Granule.KIB_4, 48, OutputSize.BITS_48),
          mode(Granule.KIB_16, 52, OutputSize.LPA2),
          mode(Granule.KIB_16, 48, OutputSize.BITS_48),
          mode(Granule.KIB_4, 39, OutputSize.BITS_48),
          mode(Granule.KIB_16, 47, OutputSize.BITS_48),
          mode(Granule.KIB_64, 52, OutputSize.LPA),
          mode(Granule.KIB_64, 48, OutputSize.BITS_48),
          mode(Granule.KIB_16, 36, OutputSize.BITS_48),
          mode(Granule.KIB_64, 42, OutputSize.BITS_48));

  private static PagingMode mode(Granule granule, int inputBits, OutputSize output) {
    return ArmModes.stage1(granule, inputBits, InputRule.ZERO_EXTENDED, output);
  }

  @Override
  public List<PagingMode> modes() {
    return MODES;
  }

  @Override
  public PagingMode commonest() {
    return mode(Granule.KIB_4, 48, OutputSize.BITS_48);
  }

  /**
   * The roots that TTBR0 and TTBR1 name, that of the lower half first. The tables of the half that
   * the CPU was in must map its instruction.
   */
  @Override
  public List<Root> rootsOf(CpuState cpu, RootFinder finder) {
    Registers registers = cpu.registers();
    List<Root> named = new ArrayList<>();
    boolean maps = registers.get(PC).isEmpty();
    long pc = registers.get(PC, 0);
    for (ArmTables tables : ArmTables.current(registers)) {
      Optional<Root> root = wellFormed(tables, cpu, finder);
      maps |= root.isPresent() && tables.covers(pc) && finder.maps(root.get(), pc);
      root.ifPresent(named::add);
    }
    return maps ? named : List.of();
  }

  /** The registers of a host whose kernel runs in EL2 stay in place while a guest runs. */
  @Override
  public List<Root> hostRootsOf(CpuState cpu, RootFinder finder) {
    return ArmTables.hostInEl2(cpu.registers()).stream()
        .flatMap(tables -> wellFormed(tables, cpu, finder).stream())
        .toList();
  }

  private static Optional<Root> wellFormed(ArmTables tables, CpuState cpu, RootFinder finder) {
    Shape shape = finder.examine(tables.mode(), tables.root());
    return shape.isPlausible()
        ? Optional.of(
            new Root(
                tables.mode(),
                tables.root(),
                List.of(
                    cpu.evidence(tables.describe(cpu.what())),
                    Evidence.of(Source.STRUCTURE, tables.root(), "well-formed tables: " + shape))))
        : Optional.empty();
  }

  @Override
  public boolean insideGuest(Registers registers) {
    return ArmControl.insideGuest(registers);
  }

  /**
   * The kernel's half has a root of its own: what user mode may use shows which of the two a root
   * is.
   */
  @Override
  public Halves halves(PagingMode mode, long table, Memory memory) {
    int[] user = {0};
    int[] leaves = {0};
    new Walker(mode, table, memory)
        .forEachLeaf(
            (address, target, shift, permissions) -> {
              user[0] += (permissions & Permissions.USER) != 0 ? 1 : 0;
              return ++leaves[0] < Halves.LEAF_SAMPLE;
            });
    return user[0] * 2 < leaves[0]
        ? new Halves(kernelHalf(mode), 0, 1, Long.hashCode(table), false)
        : new Halves(mode, 1, 0, 0, true);
  }

  /** A mode as TTBR1 uses it: for the half of the addresses whose high bits are ones. */
  private static PagingMode kernelHalf(PagingMode mode) {
    return new PagingMode(
        mode.name(),
        mode.architecture(),
        mode.stage(),
        InputRule.ONES_EXTENDED,
        mode.levels(),
        mode.entry(),
        mode.rootMask());
  }
}
