package io.nestwalk.index;

import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.index.Entry.Space;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Enumerated;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.PageRuns;
import io.nestwalk.memory.SpacePart;
import io.nestwalk.memory.StoredRuns;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.SystemFacts;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The runs of one machine's spaces: its physical memory, its kernel, its processes. Each process's
 * tables map the kernel too; that is shown once, as the kernel's.
 */
final class SpaceRuns {

  /** The name of runs in guest-physical space. */
  static final String PHYSICAL = "[physical]";

  /** The name of runs in the kernel's space. */
  static final String KERNEL = "[kernel]";

  /** The name of runs in a space of which it is not known whose it is. */
  static final String CURRENT = "[current]";

  /** The path of runs by which a kernel maps all physical memory. */
  static final String LINEAR_MAP = "[linear map]";

  private final Machine machine;
  private final Optional<SystemFacts> facts;
  private final StoredRuns stored;

  SpaceRuns(Machine machine, Optional<SystemFacts> facts, StoredRuns stored) {
    this.machine = machine;
    this.facts = facts;
    this.stored = stored;
  }

  /** A space whose runs can be shown. */
  @FunctionalInterface
  interface Walked {
    /**
     * Shows the runs, in ascending order of address.
     *
     * @param budget how many pieces may be looked at
     * @return how far it came: hostile tables map more than anybody can look at
     */
    Enumerated show(Budget budget, Consumer<RunEntry> visitor);
  }

  /** A guest's physical memory. */
  Walked physical(Layer layer) {
    return (budget, visitor) ->
        SpacePart.all(layer)
            .show(
                budget,
                run ->
                    stored.cut(
                        run,
                        (offset, length, place) ->
                            visitor.accept(
                                new RunEntry(
                                    machine.id(),
                                    Space.PHYSICAL,
                                    OptionalInt.empty(),
                                    PHYSICAL,
                                    stateOf(run),
                                    run.start() + offset,
                                    run.start() + offset,
                                    shifted(run.lowest(), offset),
                                    place,
                                    length,
                                    run.permissions(),
                                    shiftOf(run)))));
  }

  /** The kernel's part of a space. */
  Walked kernel(Layer memory) {
    SpacePart kernel = SpacePart.kernelOf(memory);
    Part part =
        new Part(Space.KERNEL, KERNEL, run -> !kernel.isNarrow() || !SpacePart.isUsers(run));
    return (budget, visitor) -> kernel.show(budget, part.to(visitor));
  }

  /** A space of which only the root is known. */
  Walked current(Layer memory) {
    Part user = new Part(Space.USER, CURRENT, SpacePart::isUsers);
    Part kernel = new Part(Space.KERNEL, CURRENT, run -> !SpacePart.isUsers(run));
    return (budget, visitor) -> {
      Consumer<PageRuns.Run> users = user.to(visitor);
      Consumer<PageRuns.Run> kernels = kernel.to(visitor);
      return SpacePart.all(memory)
          .show(
              budget,
              run -> {
                users.accept(run);
                kernels.accept(run);
              });
    };
  }

  /** Runs of one kind, under one name. */
  private final class Part {

    private final Space space;
    private final String name;
    private final Predicate<PageRuns.Run> wanted;

    Part(Space space, String name, Predicate<PageRuns.Run> wanted) {
      this.space = space;
      this.name = name;
      this.wanted = wanted;
    }

    Consumer<PageRuns.Run> to(Consumer<RunEntry> visitor) {
      return run -> {
        if (!wanted.test(run)) {
          return;
        }
        Optional<String> path = isLinear(run) ? Optional.of(LINEAR_MAP) : stateOf(run);
        stored.cut(
            run,
            (offset, length, place) ->
                visitor.accept(
                    entry(space, OptionalInt.empty(), name, path, run, offset, length, place)));
      };
    }
  }

  /** A process's own part of its space, cut at the borders of its mappings. */
  Walked process(GuestProcess process, List<GuestMapping> mappings, Layer memory) {
    MappingCutter cutter = new MappingCutter(mappings);
    SpacePart own = SpacePart.userOf(memory);
    return (budget, visitor) ->
        own.show(
            budget,
            run -> {
              if (!own.isNarrow() || SpacePart.isUsers(run)) {
                stored.cut(
                    run,
                    (offset, length, place) ->
                        inMappings(process, cutter, run, offset, length, place, visitor));
              }
            });
  }

  private void inMappings(
      GuestProcess process,
      MappingCutter cutter,
      PageRuns.Run run,
      long offset,
      long length,
      long place,
      Consumer<RunEntry> visitor) {
    for (long done = 0; done < length; ) {
      long start = run.start() + offset + done;
      long step = Math.min(length - done, cutter.reach(start));
      visitor.accept(
          entry(
              Space.USER,
              OptionalInt.of(process.pid()),
              process.name(),
              cutter.at(start).map(SpaceRuns::label).or(() -> stateOf(run)),
              run,
              offset + done,
              step,
              shifted(place, done)));
      done += step;
    }
  }

  private static String label(GuestMapping mapping) {
    return mapping.path().orElse("[" + mapping.kind() + "]");
  }

  private RunEntry entry(
      Space space,
      OptionalInt pid,
      String name,
      Optional<String> path,
      PageRuns.Run run,
      long offset,
      long length,
      long place) {
    return new RunEntry(
        machine.id(),
        space,
        pid,
        name,
        path,
        run.start() + offset,
        hasPhysical() ? shifted(run.below(), offset) : RunEntry.NONE,
        shifted(run.lowest(), offset),
        place,
        length,
        run.permissions(),
        shiftOf(run));
  }

  private boolean isLinear(PageRuns.Run run) {
    return facts.isPresent()
        && facts.get().linearMap().isPresent()
        && run.start() - facts.get().linearMap().getAsLong() == run.below();
  }

  private static int shiftOf(PageRuns.Run run) {
    return Long.numberOfTrailingZeros(run.pageSize());
  }

  private static long shifted(long address, long by) {
    return address == RunEntry.NONE ? RunEntry.NONE : address + by;
  }

  /** Behind shadow tables alone, what tables map is the parent's memory. */
  private boolean hasPhysical() {
    boolean shadowAlone =
        machine.secondLevel().kind() == SecondLevel.Kind.SHADOW
            && machine.physicalLayer().isEmpty();
    return machine.parent().isPresent() && !shadowAlone;
  }

  /** What else pages are that the hardware does not map: "[swap 0 at 0x1000]". */
  private static Optional<String> stateOf(PageRuns.Run run) {
    return run.state().isMapped() ? Optional.empty() : Optional.of("[" + run.state() + "]");
  }
}
