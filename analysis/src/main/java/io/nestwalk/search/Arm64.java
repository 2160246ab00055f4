package io.nestwalk.search;

import static io.nestwalk.image.RegisterNames.PC;
import static io.nestwalk.image.RegisterNames.SP;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.paging.ArmModes;
import io.nestwalk.paging.InputRule;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.Root;
import io.nestwalk.roots.SmallArmRootDetector;
import io.nestwalk.roots.StageTwoBlockDetector;
import io.nestwalk.roots.StructuralRoot;
import io.nestwalk.roots.TableDetector;
import io.nestwalk.survey.PageDetector;
import io.nestwalk.survey.Survey;
import java.util.List;
import java.util.stream.Stream;

/** AArch64. */
enum Arm64 implements Isa {
  INSTANCE;

  // Table entries of all granules and both stages have one form; what follows tells them apart.
  private static final TableDetector TABLES =
      new TableDetector(
          ArmModes.stage1(
              ArmModes.Granule.KIB_4, 48, InputRule.ZERO_EXTENDED, ArmModes.OutputSize.BITS_48));
  private static final SmallArmRootDetector SMALL_ROOTS = new SmallArmRootDetector();
  private static final StageTwoBlockDetector BLOCKS = new StageTwoBlockDetector();

  @Override
  public Architecture architecture() {
    return Architecture.AARCH64;
  }

  @Override
  public List<PageDetector<?>> detectors() {
    return List.of(TABLES, SMALL_ROOTS, BLOCKS);
  }

  @Override
  public List<PageDetector<?>> tableDetectors() {
    return List.of(TABLES, SMALL_ROOTS);
  }

  @Override
  public Sightings sightings(Survey survey, Survey tables) {
    return Sightings.ofTables(
        Stream.concat(tables.found(TABLES).stream(), tables.found(SMALL_ROOTS).stream()).toList(),
        survey.found(BLOCKS));
  }

  @Override
  public SecondLevelSearch secondLevels(SearchContext context) {
    return new ArmSecondLevels(context);
  }

  /**
   * The only root that maps both the instruction and the stack of a CPU whose table registers the
   * dump does not hold, as is so for ELF cores; none when no root does, or several.
   */
  @Override
  public List<Root> likelyRoots(Cpu cpu, SearchContext context, boolean alone) {
    cpu.registers()
        .get("ttbr1_el1")
        .ifPresent(
            value ->
                context.tried(
                    "CPU %d's TTBRs (ttbr1_el1 is 0x%x) name no roots here that map its instruction"
                        .formatted(cpu.id(), value)));
    long pc = cpu.registers().get(PC, 0);
    long sp = cpu.registers().get(SP, 0);
    List<Root> matching =
        context.structural().stream()
            .map(StructuralRoot::root)
            .filter(root -> context.finder().maps(root, pc) && context.finder().maps(root, sp))
            .toList();
    if (matching.size() != 1) {
      return List.of();
    }
    Evidence evidence =
        Evidence.of(
            Source.CPU_REGISTER,
            -1,
            "the only root that maps PC 0x%x and SP 0x%x of CPU %d".formatted(pc, sp, cpu.id()));
    return List.of(matching.getFirst().with(evidence));
  }
}
