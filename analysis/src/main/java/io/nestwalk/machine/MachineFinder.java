package io.nestwalk.machine;

import io.nestwalk.image.Advice;
import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageOption;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.Noise;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.Progress;
import io.nestwalk.roots.RootFinder;
import io.nestwalk.roots.StructuralRoot;
import io.nestwalk.survey.Survey;
import io.nestwalk.survey.SurveyStore;
import io.nestwalk.system.GuestSystems;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Finds the machines of an image: one survey, then one {@link MachineScope} per machine. */
public final class MachineFinder {

  /** A kernel's tables that map so much are no coincidence. */
  private static final long CONCLUSIVE_BYTES = 16L << 20;

  /**
   * Where the image does not tell, those whose tables take the most special form first: ARM's and
   * RISC-V's may pass for tables of x86, but not the other way round.
   */
  private static final List<Architecture> MOST_SPECIAL_FIRST =
      List.of(Architecture.AARCH64, Architecture.RISCV64, Architecture.X86_64);

  private MachineFinder() {}

  /**
   * The machines of {@code image}. The host is always among them, even when no root of it is known.
   *
   * @param threads how many threads may survey memory
   */
  public static Machines find(MemoryImage image, int threads, Progress progress) {
    return find(image, threads, progress, GuestSystems.installed(), SurveyStore.NONE);
  }

  /**
   * The machines of {@code image}, as above.
   *
   * @param threads how many threads may survey memory
   * @param systems recognise their operating systems
   * @param store what earlier surveys of this image found
   */
  public static Machines find(
      MemoryImage image, int threads, Progress progress, GuestSystems systems, SurveyStore store) {
    return find(image, threads, progress, systems, store, true);
  }

  /**
   * The host alone: quicker for questions that concern no guest.
   *
   * @param threads how many threads may survey memory
   * @param systems recognise its operating system
   * @param store what earlier surveys of this image found
   */
  public static Machines findHost(
      MemoryImage image, int threads, Progress progress, GuestSystems systems, SurveyStore store) {
    return find(image, threads, progress, systems, store, false);
  }

  private static Machines find(
      MemoryImage image,
      int threads,
      Progress progress,
      GuestSystems systems,
      SurveyStore store,
      boolean withGuests) {
    PhysicalMemory memory = image.memory();
    Detectors detectors = new Detectors(image.architecture());
    Survey survey = Survey.of(memory, detectors.all(), threads, progress, store);
    SearchLog log = new SearchLog();
    survey.failures().forEach(log::warn);
    MachineScope host = host(image, detectors, survey, threads, progress, log, systems, store);
    List<Cpu> cpus = new ArrayList<>(image.cpus());
    List<Machine> found =
        new ArrayList<>(withGuests ? host.find(cpus) : List.of(host.findAlone(cpus)));
    if (memory.presentBytes() == 0 && image.hints().virtual().isPresent()) {
      found.set(0, found.getFirst().hinted(image.hints()));
    }
    if (withGuests && image.architecture().isEmpty() && image.cpus().isEmpty()) {
      explainNothing(image, found.getFirst(), survey, threads, progress, store, log);
    }
    return new Machines(
        found.stream().filter(machine -> !machine.isStale()).toList(),
        found.stream().filter(Machine::isStale).toList(),
        new Machines.Coverage(memory.presentBytes(), survey.pagesSeen(), survey.pagesNotZero()),
        log.attempts(),
        log.warnings(),
        log.advice());
  }

  /** Says what may be wrong with an image of an unknown machine in which no system is. */
  private static void explainNothing(
      MemoryImage image,
      Machine host,
      Survey survey,
      int threads,
      Progress progress,
      SurveyStore store,
      SearchLog log) {
    if (host.system().isPresent()) {
      return;
    }
    UnreachedKernel kernel = new UnreachedKernel();
    Optional<String> unreached =
        kernel.warning(Survey.of(image.memory(), List.of(kernel), threads, progress, store));
    if (unreached.isPresent()) {
      log.warn(unreached.get());
    } else if (host.root().isEmpty() && Noise.warning(image.memory()).isEmpty()) {
      UnreachedKernel.noMemory(survey).ifPresent(log::warn);
    }
  }

  /**
   * The host as the architecture that the image tells; where it does not, as the one under which a
   * kernel's tables map most.
   */
  private static MachineScope host(
      MemoryImage image,
      Detectors detectors,
      Survey survey,
      int threads,
      Progress progress,
      SearchLog log,
      GuestSystems systems,
      SurveyStore store) {
    PhysicalMemory memory = image.memory();
    List<Architecture> possible = image.architecture().map(List::of).orElse(MOST_SPECIAL_FIRST);
    RegisterClues clues = RegisterClues.of(image.cpus());
    MachineScope best = null;
    Score most = Score.NOTHING;
    for (Architecture architecture : possible) {
      Sightings sightings = detectors.sightings(survey, survey, architecture);
      RootFinder finder = new RootFinder(memory, architecture, MachineScope.PHYSICAL_BITS);
      List<StructuralRoot> structural = finder.byStructure(sightings.tables());
      OptionalLong base =
          structural.isEmpty()
              ? BaseHint.of(memory, architecture, sightings.tables())
              : OptionalLong.empty();
      if (base.isPresent()) {
        log.advise(
            Advice.of(
                ImageOption.BASE,
                base.getAsLong(),
                "%s tables that name addresses from 0x%x on: that may be the image's base address"
                    .formatted(architecture, base.getAsLong())));
        return MachineScope.host(memory, sightings, log, systems, finder, structural, clues);
      }
      Score score = Score.of(structural);
      // Where nothing at all is found, the commonest architecture is named.
      if (best == null
          || score.compareTo(most) > 0
          || (most.equals(Score.NOTHING) && architecture == Architecture.X86_64)) {
        most = score;
        best = MachineScope.host(memory, sightings, log, systems, finder, structural, clues);
      }
      if (most.kernelBytes >= CONCLUSIVE_BYTES) {
        break;
      }
    }
    if (image.architecture().isEmpty() && most.kernelBytes == 0) {
      Survey small = Survey.of(memory, detectors.smallRoots(), threads, progress, store);
      Sightings sightings = detectors.sightings(survey, small, Architecture.X86);
      RootFinder finder = new RootFinder(memory, Architecture.X86, MachineScope.PHYSICAL_BITS);
      List<StructuralRoot> structural = finder.byStructure(sightings.tables());
      if (Score.of(structural).compareTo(most) > 0) {
        best = MachineScope.host(memory, sightings, log, systems, finder, structural, clues);
      }
    }
    return best;
  }

  /**
   * How much roots explain: what a kernel's map counts first, then what any do, since a small
   * system may have no kernel's half.
   */
  private record Score(long kernelBytes, long anyBytes) implements Comparable<Score> {

    static final Score NOTHING = new Score(0, 0);

    static Score of(List<StructuralRoot> roots) {
      long kernel = 0;
      long any = 0;
      for (StructuralRoot root : roots) {
        any = Math.max(any, root.mappedBytes());
        kernel = root.kernelHalf() ? Math.max(kernel, root.mappedBytes()) : kernel;
      }
      return new Score(kernel, any);
    }

    @Override
    public int compareTo(Score other) {
      int byKernel = Long.compare(kernelBytes, other.kernelBytes);
      return byKernel != 0 ? byKernel : Long.compare(anyBytes, other.anyBytes);
    }
  }
}
