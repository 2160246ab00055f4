package io.nestwalk.search;

import static io.nestwalk.image.RegisterNames.CR3;
import static io.nestwalk.image.RegisterNames.CR4;
import static io.nestwalk.paging.X86Modes.SEARCHED_PHYSICAL_BITS;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.paging.EptModes;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.X86Modes;
import io.nestwalk.roots.CpuState;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.HostSave;
import io.nestwalk.roots.HostSaveDetector;
import io.nestwalk.roots.Root;
import io.nestwalk.roots.SmallRootDetector;
import io.nestwalk.roots.StructuralRoot;
import io.nestwalk.roots.TableDetector;
import io.nestwalk.roots.VmcbDetector;
import io.nestwalk.roots.Vmcs;
import io.nestwalk.roots.VmcsDetector;
import io.nestwalk.roots.X86FirstStage;
import io.nestwalk.survey.PageDetector;
import io.nestwalk.survey.Survey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** x86, whose machines of 32 bits and of 64 differ in their first stage alone. */
enum X86 implements Isa {
  /**
   * Machines of 32 bits. To look for their roots takes reading all of every page, so for an image
   * that does not name its architecture they are looked for only when nothing else is found.
   */
  SMALL(Architecture.X86) {

    @Override
    public List<PageDetector<?>> tableDetectors() {
      return List.of(PAE_ROOTS, TWO_LEVEL_ROOTS);
    }

    @Override
    List<Long> tables(Survey survey) {
      return Stream.concat(survey.found(PAE_ROOTS).stream(), survey.found(TWO_LEVEL_ROOTS).stream())
          .toList();
    }
  },

  /** Machines of 64 bits. */
  LONG(Architecture.X86_64) {

    @Override
    public List<PageDetector<?>> tableDetectors() {
      return List.of(TABLES);
    }

    @Override
    List<Long> tables(Survey survey) {
      return survey.found(TABLES);
    }

    // CR4 says how many levels all tables have.
    @Override
    public Optional<PagingMode> agreedMode(List<Cpu> cpus) {
      List<PagingMode> modes =
          cpus.stream()
              .filter(cpu -> cpu.registers().get(CR4).isPresent())
              .filter(cpu -> cpu.registers().get(CR3, 0) != 0)
              .flatMap(cpu -> modesOf(cpu).stream())
              .distinct()
              .toList();
      return modes.size() == 1 && modes.getFirst().architecture() == Architecture.X86_64
          ? Optional.of(modes.getFirst())
          : Optional.empty();
    }
  };

  private static final TableDetector TABLES =
      new TableDetector(X86Modes.fourLevel(SEARCHED_PHYSICAL_BITS));
  private static final SmallRootDetector PAE_ROOTS = new SmallRootDetector(true);
  private static final SmallRootDetector TWO_LEVEL_ROOTS = new SmallRootDetector(false);
  private static final TableDetector EPT_TABLES =
      new TableDetector(EptModes.of(4, SEARCHED_PHYSICAL_BITS));
  private static final VmcbDetector VMCBS = new VmcbDetector();
  private static final HostSaveDetector HOST_SAVES = new HostSaveDetector();
  private static final VmcsDetector VMCSES = new VmcsDetector();

  private final Architecture architecture;

  X86(Architecture architecture) {
    this.architecture = architecture;
  }

  @Override
  public Architecture architecture() {
    return architecture;
  }

  @Override
  public List<PageDetector<?>> detectors() {
    List<PageDetector<?>> all = new ArrayList<>(tableDetectors());
    all.addAll(List.of(EPT_TABLES, VMCBS, HOST_SAVES, VMCSES));
    return all;
  }

  /** Pages that could be upper tables. */
  abstract List<Long> tables(Survey survey);

  @Override
  public Sightings sightings(Survey survey, Survey tables) {
    return new Sightings(
        tables(tables),
        survey.found(EPT_TABLES),
        survey.found(VMCBS),
        survey.found(HOST_SAVES),
        survey.found(VMCSES));
  }

  @Override
  public SecondLevelSearch secondLevels(SearchContext context) {
    return new X86SecondLevels(context);
  }

  @Override
  public List<Root> likelyRoots(Cpu cpu, SearchContext context, boolean alone) {
    return alone ? rootsByForm(CpuState.of(cpu), context) : List.of();
  }

  /**
   * The root that was found by structure and that CR3 names, though it does not map the CPU's
   * instruction: that page is paged out, or the tables are the user's half of isolated ones.
   */
  @Override
  public List<Root> rootsByForm(CpuState cpu, SearchContext context) {
    long cr3 = cpu.registers().get(CR3, 0);
    if (cr3 == 0) {
      return List.of();
    }
    for (StructuralRoot found : context.structural()) {
      Root root = found.root();
      if (root.mode().rootOf(cr3) == root.address()) {
        return List.of(
            root.with(
                cpu.evidence(
                    "CR3 of %s is 0x%x, though it does not map the CPU's instruction"
                        .formatted(cpu.what(), cr3))));
      }
    }
    return List.of();
  }

  /** Host-save areas and the host state of VMCSes. */
  @Override
  public List<VirtualCpu> cpusInMemory(SearchContext context) {
    List<VirtualCpu> cpus = new ArrayList<>();
    for (HostSave save : context.sightings().hostSaves()) {
      String what = "host-save area 0x%x".formatted(save.address());
      cpus.add(new VirtualCpu(save.address(), what, Source.HOST_SAVE, save.registers()));
    }
    for (Vmcs vmcs : context.vmcses()) {
      long address = vmcs.page().address();
      String what = "VMCS 0x%x (host state)".formatted(address);
      cpus.add(new VirtualCpu(address, what, Source.VMCS, vmcs.host()));
    }
    return cpus;
  }

  private static List<PagingMode> modesOf(Cpu cpu) {
    X86FirstStage stage =
        cpu.architecture() == Architecture.X86 ? X86FirstStage.SMALL : X86FirstStage.LONG;
    return stage.modesOf(cpu.registers());
  }
}
