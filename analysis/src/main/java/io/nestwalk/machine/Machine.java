package io.nestwalk.machine;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.Memory;
import io.nestwalk.image.SystemHints;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.InputRule;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Walker;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.FirstStage;
import io.nestwalk.roots.Root;
import io.nestwalk.roots.RootFinder;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.HypervisorGuest;
import io.nestwalk.system.Site;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A machine: the host, whose physical memory the image holds, or a virtual one.
 *
 * @param id "host", "vm1", "vm1.vm1"
 * @param parent the machine that it runs on, empty for the host
 * @param architecture its instruction set
 * @param physical its physical memory; for a guest a layer over its parent's
 * @param below its parent's physical memory, empty for the host
 * @param secondLevel how that layer is made
 * @param root the space that its first CPU had when the image was taken, where that is known;
 *     otherwise the likeliest of {@code roots}
 * @param roots every root of its own that was found, the likeliest kernel root first
 * @param cpus its CPUs with what is known of their registers
 * @param inHypervisor the machine as the structures of the hypervisor below describe it
 * @param state whether it runs; empty for a host whose memory no other system shares, and where
 *     nothing tells
 * @param sameMemoryAs the machine in whose memory it is a second system, as after kexec: what came
 *     before the system that runs, or was loaded beside it
 * @param lazySystem recognises its operating system
 */
public record Machine(
    String id,
    Optional<String> parent,
    Architecture architecture,
    Memory physical,
    Optional<Memory> below,
    SecondLevel secondLevel,
    Optional<Root> root,
    List<Root> roots,
    List<Cpu> cpus,
    Optional<HypervisorGuest> inHypervisor,
    Optional<MachineState> state,
    Optional<String> sameMemoryAs,
    LazySystem lazySystem) {

  /** The machine whose physical memory the image holds. */
  public static final String HOST = "host";

  /** Copies the lists. */
  public Machine {
    roots = List.copyOf(roots);
    cpus = List.copyOf(cpus);
  }

  /**
   * Virtual memory under one of the machine's roots. Where the kernel's half has a root of its own
   * (ARM's TTBR1), the likeliest kernel root completes a process's.
   */
  public Layer space(PagingMode mode, long root) {
    Walker walker = new Walker(mode, root, physical);
    if (mode.input() == InputRule.ZERO_EXTENDED) {
      Optional<Root> kernel =
          roots.stream().filter(r -> r.mode().input() == InputRule.ONES_EXTENDED).findFirst();
      if (kernel.isPresent()) {
        Root half = kernel.get();
        return TranslatedMemory.split(
            physical, walker, new Walker(half.mode(), half.address(), physical));
      }
    }
    return TranslatedMemory.of(physical, walker);
  }

  /** The same machine in another space. */
  public Machine withRoot(Optional<Root> other) {
    return with(other, roots, cpus);
  }

  /** The same machine in another space, with other things known of its roots and CPUs. */
  public Machine with(Optional<Root> ownRoot, List<Root> allRoots, List<Cpu> allCpus) {
    Copy copy = new Copy(this);
    copy.root = ownRoot;
    copy.roots = allRoots;
    copy.cpus = allCpus;
    return copy.machine();
  }

  /**
   * The layer that a guest's physical memory is; empty for the host, and for a guest of whose
   * memory nothing is known.
   */
  public Optional<Layer> physicalLayer() {
    return Layer.of(physical);
  }

  /**
   * The hypervisor that runs it, as that one's own structures or its tables show; else the one that
   * its own system saw when it started, which may be told what its hypervisor likes.
   */
  public Optional<NamedHypervisor> hypervisor() {
    return inHypervisor
        .map(
            view ->
                new NamedHypervisor(
                    view.hypervisor(),
                    Evidence.of(
                        Source.HYPERVISOR,
                        view.object(),
                        "the structure at 0x%x describes it".formatted(view.object()))))
        .or(secondLevel::hypervisor)
        .or(
            () ->
                system()
                    .flatMap(GuestSystem::seenHypervisor)
                    .map(
                        seen ->
                            new NamedHypervisor(
                                seen.name(),
                                Evidence.of(Source.CONTENT, seen.address(), seen.text()))));
  }

  /**
   * The machine that is the same system, seen through its own hypervisor's tables: its processes
   * are listed there, and once.
   */
  public Optional<String> sameSystemAs() {
    return secondLevel.identity() == SecondLevel.Identity.SAME_SYSTEM ? parent : Optional.empty();
  }

  /** Whether it has ended, and only its tables are left. */
  public boolean isStale() {
    return state.filter(MachineState::isStale).isPresent();
  }

  /** What a system is recognised by: first of all by the tables that a CPU runs on. */
  public Site site() {
    List<Root> first = new ArrayList<>();
    root.filter(own -> own.mode().architecture() == Architecture.X86_64).ifPresent(first::add);
    roots.stream()
        .filter(other -> first.isEmpty() || other.address() != first.getFirst().address())
        .forEach(first::add);
    return new Site(architecture, physical, first, cpus);
  }

  /** The same machine, which its hypervisor calls by a name. */
  public Machine called(String name) {
    Copy copy = new Copy(this);
    copy.secondLevel = secondLevel.called(name);
    return copy.machine();
  }

  /** The same machine, of which more is known: whether it runs. */
  public Machine in(MachineState known) {
    Copy copy = new Copy(this);
    copy.state = Optional.of(known);
    return copy.machine();
  }

  /**
   * Another system in the same memory.
   *
   * @param name of the machine that it is
   * @param system the system
   * @param ownRoots its own roots, the likeliest of the kernel first; at least one
   * @param ownCpus those that are on its tables
   */
  public Machine beside(String name, GuestSystem system, List<Root> ownRoots, List<Cpu> ownCpus) {
    Copy copy = new Copy(this);
    copy.id = name;
    copy.root = Optional.of(ownRoots.getFirst());
    copy.roots = ownRoots;
    copy.cpus = ownCpus;
    copy.inHypervisor = Optional.empty();
    copy.state = Optional.empty();
    copy.sameMemoryAs = Optional.of(id);
    copy.lazySystem = LazySystem.known(system);
    return copy.machine();
  }

  /** The same machine, of which a dump has no physical memory, but hints. */
  public Machine hinted(SystemHints hints) {
    Copy copy = new Copy(this);
    copy.lazySystem = lazySystem.ofHints(hints, architecture);
    return copy.machine();
  }

  /** What was refused while its system was read, so far; does not recognise it. */
  public List<String> systemWarnings() {
    return lazySystem.warnings();
  }

  /**
   * Its operating system, recognised at the first call; empty when it is none that is supported, or
   * when it is {@link #sameSystemAs another machine's}.
   */
  public Optional<GuestSystem> system() {
    return sameSystemAs().isPresent() ? Optional.empty() : lazySystem.of(this);
  }

  /**
   * The space that the first CPU had when the image was taken, empty when no root is known. For a
   * machine behind shadow tables it goes straight to the parent's memory.
   */
  public Optional<Layer> currentSpace() {
    if (secondLevel.kind() == SecondLevel.Kind.SHADOW && below.isPresent()) {
      Memory host = below.get();
      return secondLevel
          .root()
          .map(
              shadow ->
                  TranslatedMemory.of(host, new Walker(shadow.mode(), shadow.address(), host)));
    }
    return root.map(r -> space(r.mode(), r.address()));
  }

  /**
   * The mode of tables that somebody names by their root: as it was found; as the machine's other
   * roots have it, where the tables make sense then; else as they do.
   *
   * @param address of the root, physical in this machine
   * @return empty when it is aligned as no root of this machine is
   */
  public Optional<PagingMode> modeOf(long address) {
    Optional<PagingMode> known =
        roots.stream().filter(r -> r.address() == address).findFirst().map(Root::mode);
    if (known.isPresent()) {
      return known;
    }
    RootFinder finder = new RootFinder(physical, architecture);
    PagingMode usual = usualMode();
    Optional<PagingMode> asOthers =
        Optional.of(usual).filter(mode -> mode.rootAt(address) == address);
    return asOthers
        .filter(mode -> finder.examine(mode, address).isPlausible())
        .or(() -> finder.modeOf(address))
        .or(() -> asOthers);
  }

  /** The mode of a process's tables; where no root shows it, the commonest of the architecture. */
  public PagingMode usualMode() {
    return mode().orElseGet(() -> FirstStage.of(architecture).commonest());
  }

  /** The mode of a process's first-stage tables, as the roots that were found have it. */
  public Optional<PagingMode> mode() {
    return Stream.concat(root.stream(), roots.stream())
        .map(Root::mode)
        .filter(mode -> mode.input() != InputRule.ONES_EXTENDED)
        .findFirst();
  }

  /** What a machine that differs in a few things is made of. */
  private static final class Copy {
    private String id;
    private final Optional<String> parent;
    private final Architecture architecture;
    private final Memory physical;
    private final Optional<Memory> below;
    private SecondLevel secondLevel;
    private Optional<Root> root;
    private List<Root> roots;
    private List<Cpu> cpus;
    private Optional<HypervisorGuest> inHypervisor;
    private Optional<MachineState> state;
    private Optional<String> sameMemoryAs;
    private LazySystem lazySystem;

    Copy(Machine original) {
      id = original.id;
      parent = original.parent;
      architecture = original.architecture;
      physical = original.physical;
      below = original.below;
      secondLevel = original.secondLevel;
      root = original.root;
      roots = original.roots;
      cpus = original.cpus;
      inHypervisor = original.inHypervisor;
      state = original.state;
      sameMemoryAs = original.sameMemoryAs;
      lazySystem = original.lazySystem;
    }

    Machine machine() {
      return new Machine(
          id,
          parent,
          architecture,
          physical,
          below,
          secondLevel,
          root,
          roots,
          cpus,
          inHypervisor,
          state,
          sameMemoryAs,
          lazySystem);
    }
  }
}
