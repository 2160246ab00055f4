package io.nestwalk.index;

import io.nestwalk.image.Memory;
import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.index.Entry.Space;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.PageRuns;
import io.nestwalk.memory.StoredRuns;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Walker;
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

  /** Spaces of this many bits have no halves: kernel and processes are told apart by permission. */
  private static final int NARROW = 32;

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
     * @return false when the tables map more than is honest, and some runs are missing
     */
    boolean show(Consumer<RunEntry> visitor);
  }

  /** The machine's physical memory; nothing on the host and where there is no layer. */
  Walked physical() {
    return visitor ->
        !(machine.physical() instanceof Layer layer)
            || PageRuns.forEach(
                layer,
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
                                    Optional.empty(),
                                    run.start() + offset,
                                    run.start() + offset,
                                    shifted(run.lowest(), offset),
                                    place,
                                    length,
                                    run.permissions(),
                                    shiftOf(run)))));
  }

  /** The kernel's part of a space. */
  Walked kernel(Memory memory) {
    return visitor ->
        isNarrow(memory)
            ? part(memory, 0, -1, Space.KERNEL, KERNEL, run -> !isUsers(run), visitor)
            : part(memory, Long.MIN_VALUE, -1, Space.KERNEL, KERNEL, run -> true, visitor);
  }

  /** A space of which only the root is known. */
  Walked current(Memory memory) {
    return visitor ->
        part(memory, 0, -1, Space.USER, CURRENT, SpaceRuns::isUsers, visitor)
            && part(memory, 0, -1, Space.KERNEL, CURRENT, run -> !isUsers(run), visitor);
  }

  private boolean part(
      Memory memory,
      long from,
      long to,
      Space space,
      String name,
      Predicate<PageRuns.Run> wanted,
      Consumer<RunEntry> visitor) {
    return walk(
        memory,
        from,
        to,
        run -> {
          if (!wanted.test(run)) {
            return;
          }
          Optional<String> path = isLinear(run) ? Optional.of(LINEAR_MAP) : Optional.empty();
          stored.cut(
              run,
              (offset, length, place) ->
                  visitor.accept(
                      entry(space, OptionalInt.empty(), name, path, run, offset, length, place)));
        });
  }

  /** A process's own part of its space, cut at the borders of its mappings. */
  Walked process(GuestProcess process, List<GuestMapping> mappings, Memory memory) {
    MappingCutter cutter = new MappingCutter(mappings);
    boolean narrow = isNarrow(memory);
    return visitor ->
        walk(
            usersTables(process, memory),
            0,
            narrow ? -1 : Long.MAX_VALUE,
            run -> {
              if (!narrow || isUsers(run)) {
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
              cutter.at(start).map(SpaceRuns::label),
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
        hasPhysical() ? run.below() + offset : RunEntry.NONE,
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
            && !(machine.physical() instanceof Layer);
    return machine.parent().isPresent() && !shadowAlone;
  }

  /**
   * Where page tables are isolated the kernel's copy forbids execution of what the user's allows:
   * the process runs on the user's.
   */
  private static Memory usersTables(GuestProcess process, Memory memory) {
    if (process.userRoot().isEmpty() || !(memory instanceof TranslatedMemory translated)) {
      return memory;
    }
    Walker low = translated.walkerFor(0);
    return TranslatedMemory.of(
        translated.below(), new Walker(low.mode(), process.userRoot().getAsLong(), low.tables()));
  }

  private static boolean walk(Memory memory, long from, long to, Consumer<PageRuns.Run> visitor) {
    if (!(memory instanceof TranslatedMemory space)) {
      return true;
    }
    if (from < 0 || to >= 0 || space.walkerFor(0) == space.walkerFor(-1)) {
      return PageRuns.forEach(space, from, to, visitor);
    }
    return PageRuns.forEach(space, visitor);
  }

  private static boolean isUsers(PageRuns.Run run) {
    return (run.permissions() & Permissions.USER) != 0;
  }

  private static boolean isNarrow(Memory memory) {
    return memory instanceof TranslatedMemory translated
        && translated.walkerFor(0).mode().inputBits() <= NARROW;
  }
}
