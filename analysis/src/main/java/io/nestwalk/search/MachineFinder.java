package io.nestwalk.search;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Advice;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageOption;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.Noise;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.roots.RememberedRoots;
import io.nestwalk.roots.RootFinder;
import io.nestwalk.roots.StructuralRoot;
import io.nestwalk.survey.MemoryNotes;
import io.nestwalk.survey.PartOfMemory;
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
   * Where the image does not name its architecture, those whose tables take the most special form
   * first: ARM's and RISC-V's may pass for tables of x86, but not the other way round.
   */
  private static final List<Isa> MOST_SPECIAL_FIRST =
      List.of(Arm64.INSTANCE, Riscv64.INSTANCE, X86.LONG);

  /** Named where nothing at all is found. */
  private static final Isa COMMONEST = X86.LONG;

  /** Looked for where the image does not name its architecture and none of the others is found. */
  private static final Isa LAST = X86.SMALL;

  private MachineFinder() {}

  /**
   * The machines of {@code image}. The host is always among them, even when no root of it is known.
   *
   * @param threads how many threads may look through memory
   */
  public static Machines find(MemoryImage image, int threads, Progress progress) {
    return find(image, threads, progress, GuestSystems.installed(), SurveyStore.NONE);
  }

  /**
   * The machines of {@code image}, as above.
   *
   * @param threads how many threads may look through memory
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
   * @param threads how many threads may look through memory
   * @param systems recognise its operating system
   * @param store what earlier surveys of this image found
   */
  public static Machines findHost(
      MemoryImage image, int threads, Progress progress, GuestSystems systems, SurveyStore store) {
    return find(image, threads, progress, systems, store, false);
  }

  /**
   * Surveys a part of an image's memory alone. The records of all parts, merged, are what a search
   * takes from its store.
   *
   * @param part which addresses; begins and ends at a page's border
   * @param threads how many threads may survey memory
   */
  public static Survey survey(
      MemoryImage image, AddressRange part, int threads, Progress progress) {
    return Survey.of(
        new PartOfMemory(image.memory(), part),
        Isa.detectors(image.architecture()),
        threads,
        progress);
  }

  private static Machines find(
      MemoryImage image,
      int threads,
      Progress progress,
      GuestSystems systems,
      SurveyStore store,
      boolean withGuests) {
    PhysicalMemory memory = image.memory();
    Survey survey =
        Survey.of(memory, Isa.detectors(image.architecture()), threads, progress, store);
    SearchLog log = new SearchLog();
    survey.failures().forEach(log::warn);
    MachineScope host = host(image, survey, threads, progress, log, systems, store);
    List<Cpu> cpus = new ArrayList<>(image.cpus());
    List<Machine> found =
        new ArrayList<>(withGuests ? host.find(cpus) : List.of(host.findAlone(cpus)));
    DomainNames.give(found);
    if (memory.presentBytes() == 0 && image.hints().virtual().isPresent()) {
      found.set(0, found.getFirst().hinted(image.hints()));
    }
    if (image.architecture().isEmpty()) {
      MemoryBeyondEnd.explain(memory, found.getFirst(), log);
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
   * The host as the architecture that the image names; where it names none, as the one under which
   * a kernel's tables map most.
   */
  private static MachineScope host(
      MemoryImage image,
      Survey survey,
      int threads,
      Progress progress,
      SearchLog log,
      GuestSystems systems,
      SurveyStore store) {
    PhysicalMemory memory = image.memory();
    List<Isa> possible =
        image.architecture().map(known -> List.of(Isa.of(known))).orElse(MOST_SPECIAL_FIRST);
    RegisterClues clues = RegisterClues.of(image.cpus());
    RememberedRoots remembered = new RememberedRoots(MemoryNotes.of(store));
    SearchContext best = null;
    Score most = Score.NOTHING;
    for (Isa isa : possible) {
      SearchContext context =
          context(memory, isa, isa.sightings(survey, survey), clues, log, remembered, threads);
      List<Long> tables = context.sightings().tables();
      OptionalLong base =
          context.structural().isEmpty() ? BaseHint.of(memory, isa, tables) : OptionalLong.empty();
      if (base.isPresent()) {
        log.advise(
            Advice.of(
                ImageOption.BASE,
                base.getAsLong(),
                "%s tables that name addresses from 0x%x on: that may be the image's base address"
                    .formatted(isa.architecture(), base.getAsLong())));
        return MachineScope.host(context, systems);
      }
      Score score = Score.of(context.structural());
      if (best == null
          || score.compareTo(most) > 0
          || (most.equals(Score.NOTHING) && isa.equals(COMMONEST))) {
        most = score;
        best = context;
      }
      if (most.kernelBytes >= CONCLUSIVE_BYTES) {
        break;
      }
    }
    if (image.architecture().isEmpty() && most.kernelBytes == 0) {
      Survey small = Survey.of(memory, LAST.tableDetectors(), threads, progress, store);
      SearchContext context =
          context(memory, LAST, LAST.sightings(survey, small), clues, log, remembered, threads);
      if (Score.of(context.structural()).compareTo(most) > 0) {
        best = context;
      }
    }
    return MachineScope.host(best, systems);
  }

  private static SearchContext context(
      PhysicalMemory memory,
      Isa isa,
      Sightings sightings,
      RegisterClues clues,
      SearchLog log,
      RememberedRoots remembered,
      int threads) {
    RootFinder finder = new RootFinder(memory, isa.architecture(), threads);
    return new SearchContext(
        Machine.HOST,
        memory,
        isa,
        sightings,
        finder,
        SearchContext.structural(Machine.HOST, finder, sightings, remembered, log),
        clues,
        log,
        remembered);
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
