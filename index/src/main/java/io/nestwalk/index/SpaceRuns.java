package io.nestwalk.index;

import io.nestwalk.image.Memory;
import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.index.Entry.Space;
import io.nestwalk.machine.GuestMapping;
import io.nestwalk.machine.GuestProcess;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.machine.SystemFacts;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.PageRuns;
import io.nestwalk.memory.StoredRuns;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Walker;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
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
  static final String UNKNOWN = "[current]";

  /** The path of runs by which a kernel maps all physical memory. */
  static final String LINEAR_MAP = "[linear map]";

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
     * @param visitor answers whether to go on
     * @return false when not all of them could be shown, or the visitor stopped
     */
    boolean show(Predicate<RunEntry> visitor);
  }

  /** The machine's physical memory; nothing on the host and where there is no layer. */
  Walked physical() {
    return visitor ->
        !(machine.physical() instanceof Layer layer)
            || PageRuns.walk(
                layer,
                0,
                -1,
                stored,
                (address, below, host, file, length, permissions, shift) ->
                    visitor.test(
                        new RunEntry(
                            machine.id(),
                            Space.PHYSICAL,
                            OptionalInt.empty(),
                            PHYSICAL,
                            Optional.empty(),
                            address,
                            address,
                            host,
                            file,
                            length,
                            permissions,
                            shift)));
  }

  /** The kernel's part of a space. */
  Walked kernel(Memory memory) {
    return visitor ->
        walk(
            memory,
            isNarrow(memory) ? 0 : Long.MIN_VALUE,
            -1,
            (address, physical, host, file, length, permissions, shift) ->
                isUsers(memory, address, permissions)
                    || visitor.test(
                        run(
                            Space.KERNEL,
                            KERNEL,
                            address,
                            physical,
                            host,
                            file,
                            length,
                            permissions,
                            shift)));
  }

  /** A space of which only the root is known. */
  Walked current(TranslatedMemory memory) {
    return visitor ->
        walk(
            memory,
            0,
            -1,
            (address, physical, host, file, length, permissions, shift) ->
                visitor.test(
                    run(
                        isUsers(memory, address, permissions) ? Space.USER : Space.KERNEL,
                        UNKNOWN,
                        address,
                        physical,
                        host,
                        file,
                        length,
                        permissions,
                        shift)));
  }

  private RunEntry run(
      Space space,
      String name,
      long address,
      long physical,
      long host,
      long file,
      long length,
      int permissions,
      int shift) {
    boolean linear =
        facts.isPresent()
            && facts.get().linearMap().isPresent()
            && address - facts.get().linearMap().getAsLong() == physical;
    return new RunEntry(
        machine.id(),
        space,
        OptionalInt.empty(),
        name,
        linear ? Optional.of(LINEAR_MAP) : Optional.empty(),
        address,
        guestPhysical(physical),
        host,
        file,
        length,
        permissions,
        shift);
  }

  /** A process's own part of its space, cut at the borders of its mappings. */
  Walked process(GuestProcess process, List<GuestMapping> mappings, Memory memory) {
    return visitor -> {
      MappingCutter cutter = new MappingCutter(mappings);
      return walk(
          usersTables(process, memory),
          0,
          isNarrow(memory) ? -1 : Long.MAX_VALUE,
          (address, physical, host, file, length, permissions, shift) -> {
            if (!isUsers(memory, address, permissions)) {
              return true;
            }
            for (long done = 0; done < length; ) {
              long start = address + done;
              long step = Math.min(length - done, cutter.reach(start));
              RunEntry run =
                  new RunEntry(
                      machine.id(),
                      Space.USER,
                      OptionalInt.of(process.pid()),
                      process.name(),
                      cutter.at(start).flatMap(SpaceRuns::label),
                      start,
                      guestPhysical(physical + done),
                      shifted(host, done),
                      shifted(file, done),
                      step,
                      permissions,
                      shift);
              if (!visitor.test(run)) {
                return false;
              }
              done += step;
            }
            return true;
          });
    };
  }

  private static Optional<String> label(GuestMapping mapping) {
    return mapping.path().or(() -> Optional.of("[" + mapping.kind() + "]"));
  }

  private static long shifted(long address, long by) {
    return address == RunEntry.NONE ? RunEntry.NONE : address + by;
  }

  /** Behind shadow tables and on the host, what tables map is the parent's or the host's memory. */
  private long guestPhysical(long physical) {
    boolean own =
        machine.parent().isPresent()
            && !(machine.secondLevel().kind() == SecondLevel.Kind.SHADOW
                && !(machine.physical() instanceof Layer));
    return own ? physical : RunEntry.NONE;
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
        translated.below(),
        new Walker(low.mode(), process.userRoot().getAsLong(), low.tables()));
  }

  private boolean walk(Memory memory, long from, long to, PageRuns.Visitor visitor) {
    return !(memory instanceof Layer layer) || PageRuns.walk(layer, from, to, stored, visitor);
  }

  /**
   * Whether a run is a process's own: by the half of the space that it is in, or where the space
   * has no halves by what its tables say.
   */
  private static boolean isUsers(Memory memory, long address, int permissions) {
    return isNarrow(memory) ? (permissions & Permissions.USER) != 0 : address >= 0;
  }

  private static boolean isNarrow(Memory memory) {
    return memory instanceof TranslatedMemory translated
        && translated.walkerFor(0).mode().inputBits() <= NARROW;
  }
}
