package io.nestwalk.roots;

import static io.nestwalk.image.RegisterNames.PC;
import static io.nestwalk.image.RegisterNames.SATP;

import io.nestwalk.image.Memory;
import io.nestwalk.image.Registers;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.RiscvModes;
import io.nestwalk.roots.Evidence.Source;
import java.util.List;
import java.util.Optional;

/** The first stage of RISC-V: satp holds both the root and the mode. */
enum RiscvFirstStage implements FirstStage {
  INSTANCE;

  private static final List<PagingMode> MODES =
      List.of(RiscvModes.sv(5), RiscvModes.sv(4), RiscvModes.sv(3));

  @Override
  public List<PagingMode> modes() {
    return MODES;
  }

  @Override
  public PagingMode commonest() {
    return RiscvModes.sv(3);
  }

  /** The root that satp names. */
  @Override
  public List<Root> rootsOf(CpuState cpu, RootFinder finder) {
    Registers registers = cpu.registers();
    long satp = registers.get(SATP, 0);
    Optional<PagingMode> mode = RiscvControl.firstStage(satp);
    if (mode.isEmpty()) {
      return List.of();
    }
    long root = RiscvControl.root(satp);
    Shape shape = finder.examine(mode.get(), root);
    if (!shape.isPlausible()) {
      return List.of();
    }
    Root found =
        new Root(
            mode.get(),
            root,
            List.of(
                cpu.evidence("satp of %s is 0x%x".formatted(cpu.what(), satp)),
                Evidence.of(Source.STRUCTURE, root, "well-formed tables: " + shape)));
    return registers.get(PC).isEmpty() || finder.maps(found, registers.get(PC, 0))
        ? List.of(found)
        : List.of();
  }

  @Override
  public boolean insideGuest(Registers registers) {
    return registers.get("virt_enabled", 0) != 0;
  }

  @Override
  public Halves halves(PagingMode mode, long table, Memory memory) {
    return Halves.ofEntries(mode, table, memory, EmptyEntries.of(commonest()));
  }
}
