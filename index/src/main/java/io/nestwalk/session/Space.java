package io.nestwalk.session;

import io.nestwalk.answer.PageRun;
import io.nestwalk.image.Memory;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.PageRuns;
import io.nestwalk.memory.PageState;
import io.nestwalk.memory.Trace;
import io.nestwalk.memory.Tracer;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Translation;
import io.nestwalk.roots.Root;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The memory in which addresses are meant: all its layers, from the top down.
 *
 * @param machine whose memory it is
 * @param memory the memory itself
 * @param physical whether it is the machine's physical memory
 * @param dimensions names of its layers, from the top down
 * @param process the name of the process whose space it is, where the user named one
 * @param chosen whether the user chose the space; else it is the one that the first CPU had
 */
public record Space(
    Machine machine,
    Memory memory,
    boolean physical,
    List<String> dimensions,
    Optional<String> process,
    boolean chosen) {

  static Space of(Case opened, Machine chosen, Selector selector) throws NotFoundException {
    List<String> dimensions = new ArrayList<>();
    boolean physical = selector instanceof Selector.Physical;
    boolean shadow = isShadowWalk(chosen, selector);
    if (!physical) {
      String layer = shadow ? chosen.secondLevel().kind().toString() : "guest";
      dimensions.add(chosen.parent().isEmpty() ? Machine.HOST : label(chosen, chosen, layer));
    }
    Memory memory = memory(opened, chosen, selector);
    Machine level = chosen;
    while (level.parent().isPresent() && !isShadowWalk(level, selector)) {
      dimensions.add(label(chosen, level, level.secondLevel().kind().toString()));
      level = opened.machine(level.parent().get());
    }
    Optional<String> process =
        selector instanceof Selector.OfProcess(int pid)
            ? Optional.of(opened.process(chosen, pid).name())
            : Optional.empty();
    return new Space(
        chosen,
        memory,
        physical,
        List.copyOf(dimensions),
        process,
        !(selector instanceof Selector.Current));
  }

  /** A shadow walk goes straight from the guest's virtual addresses to the parent's memory. */
  private static boolean isShadowWalk(Machine level, Selector selector) {
    return level.secondLevel().kind() == SecondLevel.Kind.SHADOW
        && (selector instanceof Selector.Current || selector instanceof Selector.Physical);
  }

  /** One guest needs no name beside its layer; of several nested ones each does. */
  private static String label(Machine chosen, Machine of, String layer) {
    return chosen.id().indexOf('.') < 0 ? layer : of.id() + " " + layer;
  }

  private static Memory memory(Case opened, Machine chosen, Selector selector)
      throws NotFoundException {
    return switch (selector) {
      case Selector.Physical() -> chosen.physical();
      case Selector.OfProcess(int pid) -> {
        GuestProcess process = opened.process(chosen, pid);
        yield opened
            .system(chosen)
            .memoryOf(process)
            .orElseThrow(
                () ->
                    new NotFoundException(
                        "%s: process %d (%s) has no memory of its own"
                            .formatted(chosen.id(), process.pid(), process.name())));
      }
      case Selector.UnderRoot(long root) -> {
        PagingMode usual = chosen.usualMode();
        PagingMode mode =
            chosen
                .modeOf(root)
                .orElseThrow(
                    () ->
                        new NotFoundException(
                            "%s: no root at 0x%x: those of %s tables are aligned to %d bytes"
                                .formatted(chosen.id(), root, usual, usual.rootAlignment())));
        yield chosen.space(mode, root);
      }
      case Selector.Kernel() -> {
        Optional<GuestSystem> system = chosen.system();
        if (system.isPresent()) {
          yield system.get().kernelMemory();
        }
        Root kernel =
            chosen.roots().stream()
                .findFirst()
                .orElseThrow(
                    () -> new NotFoundException(chosen.id() + ": no kernel root is known"));
        yield chosen.space(kernel.mode(), kernel.address());
      }
      case Selector.Current() ->
          chosen
              .currentSpace()
              .or(() -> chosen.system().map(GuestSystem::kernelMemory))
              .orElseThrow(
                  () -> new NotFoundException(chosen.id() + ": no page-table root is known"));
    };
  }

  /**
   * Whether the kernel's space maps an address, for one that this space lacks: where page tables
   * are isolated, the space that a CPU had in user mode lacks the kernel.
   */
  public boolean isKernelAddress(long address) {
    return !physical
        && machine.system().filter(s -> s.kernelMemory().isPresent(address)).isPresent();
  }

  /** Whether this is the user half of isolated page tables: a process's root for user mode. */
  public boolean isUserHalf() {
    OptionalLong current =
        machine.root().map(root -> OptionalLong.of(root.address())).orElse(OptionalLong.empty());
    return current.isPresent()
        && machine
            .system()
            .filter(s -> s.processes().stream().anyMatch(each -> each.userRoot().equals(current)))
            .isPresent();
  }

  /**
   * Where an address stands: in the lowest memory, which is the host's physical memory.
   *
   * @return empty where a layer does not map it
   */
  public OptionalLong translate(long address) {
    long translation = Layer.toLowest(memory, address);
    return Translation.isFault(translation)
        ? OptionalLong.empty()
        : OptionalLong.of(Translation.address(translation));
  }

  /**
   * The bytes from {@code address} on: as many as are there in one piece, {@code length} at most.
   */
  public byte[] read(long address, int length) {
    return memory.readBytes(address, length);
  }

  /**
   * The pages from {@code address} on as runs, with their addresses in every layer; nothing for
   * what no layer knows. Pages are whole: the first run may begin before {@code address}.
   *
   * @param length in bytes, at least 1
   * @param image host-physical memory
   */
  public List<PageRun> pages(long address, long length, PhysicalMemory image) {
    Optional<Layer> layer = Layer.of(memory);
    if (layer.isEmpty()) {
      return MappedPages.ofLowest(address, length, image);
    }
    boolean guest = machine.parent().isPresent();
    boolean shadow = machine.secondLevel().kind() == SecondLevel.Kind.SHADOW;
    MappedPages.Own own =
        !guest
            ? MappedPages.Own.NONE
            : physical
                ? MappedPages.Own.ITSELF
                : shadow && dimensions.size() == 1 ? MappedPages.Own.NONE : MappedPages.Own.BELOW;
    return MappedPages.in(layer.get(), own, image).between(address, lastOf(address, length));
  }

  private static long lastOf(long address, long length) {
    long last = address + length - 1;
    return Long.compareUnsigned(last, address) < 0 ? -1 : last;
  }

  /**
   * The stretches from {@code address} on that the hardware does not map and of which a layer knows
   * what they are, in ascending order; of physical memory without layers there are none.
   *
   * @param length in bytes, at least 1
   */
  public List<PageRuns.Run> unmapped(long address, long length) {
    Optional<Layer> layer = Layer.of(memory);
    if (layer.isEmpty()) {
      return List.of();
    }
    List<PageRuns.Run> runs = new ArrayList<>();
    PageRuns.forEach(
        layer.get(),
        address,
        lastOf(address, length),
        Budget.forSpace(layer.get()),
        run -> {
          if (!run.state().isMapped() && !run.state().name().equals(PageState.MIRROR)) {
            runs.add(run);
          }
        });
    return runs;
  }

  /**
   * Whether the image's memory is behind any of these bytes; what a layer keeps beside it, in a
   * page file say, is not.
   *
   * @param length in bytes, at least 1
   */
  public boolean isInMemory(long address, long length) {
    for (long done = 0; done < length; done += Layer.PAGE - (address + done & Layer.PAGE - 1)) {
      if (!Translation.isFault(Layer.toLowest(memory, address + done))) {
        return true;
      }
    }
    return false;
  }

  /** The walk of {@code address} through all layers. */
  public Trace trace(long address) {
    return Tracer.trace(memory, address, dimensions);
  }

  /**
   * The walk of the same address by the guest's own tables, for an address that shadow tables
   * translate; empty where there are no such tables or the guest's root is not known.
   */
  public Optional<Trace> guestsOwnWalk(long address) {
    if (physical
        || machine.secondLevel().kind() != SecondLevel.Kind.SHADOW
        || dimensions.size() > 1) {
      return Optional.empty();
    }
    return machine
        .root()
        .map(
            root ->
                Tracer.trace(
                    machine.space(root.mode(), root.address()),
                    address,
                    List.of("guest", "slots")));
  }

  /** The guest-physical address on the way; empty on the host and behind shadow tables. */
  public OptionalLong guestPhysical(Trace trace) {
    boolean hasOwnPhysical =
        machine.parent().isPresent()
            && (physical
                || machine.secondLevel().kind() != SecondLevel.Kind.SHADOW
                || dimensions.size() > 1);
    int index = physical ? 0 : 1;
    return hasOwnPhysical && trace.stops().size() > index
        ? OptionalLong.of(trace.stops().get(index))
        : OptionalLong.empty();
  }
}
