package io.nestwalk.search;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.Memory;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.roots.CpuState;
import io.nestwalk.roots.FirstStage;
import io.nestwalk.roots.Root;
import io.nestwalk.roots.RootFinder;
import io.nestwalk.survey.PageDetector;
import io.nestwalk.survey.Survey;
import java.util.List;
import java.util.Optional;

/**
 * What the search for machines must know of one instruction set, beside its {@link FirstStage}. An
 * architecture more is one implementation more.
 */
interface Isa {

  /** The instruction set of an architecture. */
  static Isa of(Architecture architecture) {
    return switch (architecture) {
      case X86 -> X86.SMALL;
      case X86_64 -> X86.LONG;
      case AARCH64 -> Arm64.INSTANCE;
      case RISCV64 -> Riscv64.INSTANCE;
    };
  }

  /**
   * What the survey of an image looks for.
   *
   * @param architecture the image's; where it is not known, all are looked for but {@link
   *     X86#SMALL}, whose tables cost too much to be looked for everywhere
   */
  static List<PageDetector<?>> detectors(Optional<Architecture> architecture) {
    List<Isa> possible =
        architecture
            .map(known -> List.of(of(known)))
            .orElse(List.of(X86.LONG, Arm64.INSTANCE, Riscv64.INSTANCE));
    return possible.stream().<PageDetector<?>>flatMap(isa -> isa.detectors().stream()).toList();
  }

  Architecture architecture();

  /** What its first-stage tables are like. */
  default FirstStage firstStage() {
    return FirstStage.of(architecture());
  }

  /** Looks for first-stage roots in a machine's physical memory. */
  default RootFinder finderIn(Memory memory) {
    return new RootFinder(memory, architecture());
  }

  /** Everything that its machines are recognised by, {@link #tableDetectors} first. */
  List<PageDetector<?>> detectors();

  /** What first-stage tables are recognised by. */
  List<PageDetector<?>> tableDetectors();

  /**
   * What was seen.
   *
   * @param survey the survey with {@link #detectors}
   * @param tables the survey with {@link #tableDetectors}, which may be the same
   */
  Sightings sightings(Survey survey, Survey tables);

  /** The search for second-level tables in a machine. */
  SecondLevelSearch secondLevels(SearchContext context);

  /**
   * The roots of a CPU in the dump file whose registers name none that maps its instruction.
   *
   * @param alone whether no guest is known whose CPU it could be
   */
  List<Root> likelyRoots(Cpu cpu, SearchContext context, boolean alone);

  /**
   * The roots that a CPU names and that have the form of one, whatever its instruction is; for a
   * CPU of which it is known that it is this machine's.
   */
  default List<Root> rootsByForm(CpuState cpu, SearchContext context) {
    return List.of();
  }

  /** The machine's own CPUs as control structures in its memory describe them. */
  default List<VirtualCpu> cpusInMemory(SearchContext context) {
    return List.of();
  }

  /** The mode of all of a machine's tables, where its CPUs agree on one. */
  default Optional<PagingMode> agreedMode(List<Cpu> cpus) {
    return Optional.empty();
  }
}
