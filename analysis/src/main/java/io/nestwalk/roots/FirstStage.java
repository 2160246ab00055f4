package io.nestwalk.roots;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.Memory;
import io.nestwalk.image.Registers;
import io.nestwalk.paging.PagingMode;
import java.util.List;

/** What an instruction set says of first-stage tables: their modes, and who names their roots. */
public interface FirstStage {

  /** The first stage of an architecture. */
  static FirstStage of(Architecture architecture) {
    return switch (architecture) {
      case X86 -> X86FirstStage.SMALL;
      case X86_64 -> X86FirstStage.LONG;
      case AARCH64 -> ArmFirstStage.INSTANCE;
      case RISCV64 -> RiscvFirstStage.INSTANCE;
    };
  }

  /**
   * The modes that roots are looked for in by structure, those with more levels first, because
   * their lower tables may pass for roots of the others.
   */
  List<PagingMode> modes();

  /** The mode that most systems run in, for tables of which nothing is known. */
  PagingMode commonest();

  /**
   * The roots that the registers of a CPU name: well-formed tables, which map the instruction that
   * the CPU was at, where its state holds that.
   *
   * @param finder looks in the memory of the machine
   * @return with their evidence; empty when the registers name no root of that machine
   */
  List<Root> rootsOf(CpuState cpu, RootFinder finder);

  /**
   * The roots of the host that a CPU's registers name even while the CPU runs a guest; none where
   * the guest's registers take the place of the host's.
   *
   * @param finder looks in the memory of the host
   */
  default List<Root> hostRootsOf(CpuState cpu, RootFinder finder) {
    return List.of();
  }

  /** Whether a CPU was inside a guest when the dump was taken, as far as its registers say. */
  boolean insideGuest(Registers registers);

  /** Which halves of the address space the tables of a root map, in the memory of its machine. */
  Halves halves(PagingMode mode, long table, Memory memory);

  /** Whether other data often has the form of a root, so that form alone proves nothing. */
  default boolean isFormWeak() {
    return false;
  }

  /** Whether a CPU was inside a guest when the dump was taken, as far as it says. */
  static boolean insideGuest(Cpu cpu) {
    return of(cpu.architecture()).insideGuest(cpu.registers());
  }
}
