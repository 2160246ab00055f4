package io.nestwalk.search;

import io.nestwalk.image.Cpu;
import io.nestwalk.image.Memory;
import io.nestwalk.machine.FrameMap;
import io.nestwalk.machine.LazySystem;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.MachineState;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.memory.AbsentMemory;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.memory.UnionMemory;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.roots.CpuState;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.FirstStage;
import io.nestwalk.roots.Root;
import io.nestwalk.roots.Shape;
import io.nestwalk.roots.StructuralRoot;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.GuestSystems;
import io.nestwalk.system.HypervisorGuest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The search in one machine's memory: for its own roots, and for the machines that run on it, each
 * of which is searched in the same way.
 */
final class MachineScope {

  private static final long PAGE = 4096;

  /** How deep machines may be nested. Nobody runs more than three. */
  private static final int MAX_DEPTH = 8;

  private final Optional<String> parent;
  private final int depth;
  private final Optional<Memory> below;
  private final SearchContext context;
  private final SearchLog log;
  private final GuestSystems systems;

  /** Where the second-level tables of this machine and of those below it lie in the image. */
  private final Set<Long> above;

  private MachineScope(
      Optional<MachineScope> parent, SearchContext context, GuestSystems systems, Set<Long> above) {
    this(
        parent.map(MachineScope::id),
        parent.map(scope -> scope.depth + 1).orElse(0),
        parent.map(MachineScope::physical),
        context,
        systems,
        above);
  }

  private MachineScope(
      Optional<String> parent,
      int depth,
      Optional<Memory> below,
      SearchContext context,
      GuestSystems systems,
      Set<Long> above) {
    this.parent = parent;
    this.depth = depth;
    this.below = below;
    this.context = context;
    log = context.log();
    this.systems = systems;
    this.above = Set.copyOf(above);
  }

  /**
   * The search in the image's own physical memory.
   *
   * @param context what is known of it
   * @param systems recognise the operating systems of this machine and its guests
   */
  static MachineScope host(SearchContext context, GuestSystems systems) {
    return new MachineScope(Optional.empty(), context.withNamedStructures(), systems, Set.of());
  }

  /**
   * This machine and those that run on it.
   *
   * @param cpus CPUs of the dump file that no machine has claimed yet; those whose registers belong
   *     here are taken out
   */
  List<Machine> find(List<Cpu> cpus) {
    return find(SecondLevel.NONE, List.of(), Optional.empty(), Optional.empty(), cpus, true);
  }

  /** The machine's name. */
  String id() {
    return context.machine();
  }

  /** Its physical memory. */
  Memory physical() {
    return context.memory();
  }

  /** What the survey saw in it. */
  Sightings sightings() {
    return context.sightings();
  }

  /** This machine alone, without what its operating system knows of others. */
  Machine findAlone(List<Cpu> cpus) {
    return find(SecondLevel.NONE, List.of(), Optional.empty(), Optional.empty(), cpus, false)
        .getFirst();
  }

  private List<Machine> find(
      SecondLevel secondLevel,
      List<VirtualCpu> virtualCpus,
      Optional<HypervisorGuest> inHypervisor,
      Optional<MachineState> state,
      List<Cpu> cpus,
      boolean withGuests) {
    List<Guest> guests = guests();
    boolean hasCpus = !cpus.isEmpty();
    ReusedPages reused = new ReusedPages(context.finder(), context.structural(), guests);
    List<Root> roots =
        ownRoots(
            guests.stream()
                .filter(guest -> GuestStates.named(guest).isPresent() || reused.in(guest).isEmpty())
                .toList());
    IdentityHashMap<Memory, List<Cpu>> onOwnTables = new IdentityHashMap<>();
    guests.stream()
        .filter(Guest::isParavirtualized)
        .forEach(
            guest -> onOwnTables.put(guest.scope().physical(), XenDomains.cpusOf(guest, cpus)));
    CpuClaims claims = new CpuClaims(context);
    if (secondLevel.kind() == SecondLevel.Kind.SHADOW) {
      claims.claimShadowed(secondLevel, cpus);
    }
    claims.claim(cpus, shadowRoots(guests), guests.isEmpty());
    claims.fromMemory(virtualCpus);
    Optional<Root> root =
        claims.roots().stream()
            .findFirst()
            .map(known -> merged(known, roots))
            .or(() -> roots.stream().findFirst());
    roots.replaceAll(known -> withRegisters(known, claims.roots()));
    context.isa().agreedMode(claims.cpus()).ifPresent(mode -> keepOnly(mode, roots));
    claims.roots().stream()
        .filter(known -> roots.stream().noneMatch(other -> other.address() == known.address()))
        .forEach(roots::add);
    Machine self =
        new Machine(
            id(),
            parent,
            context.isa().architecture(),
            physical(),
            below,
            secondLevel.namedBy(HypervisorNames.below(context.vmcses())),
            root,
            roots,
            claims.cpus(),
            inHypervisor,
            state,
            new LazySystem(systems));
    List<Machine> machines = new ArrayList<>();
    machines.add(self);
    if (!withGuests) {
      return machines;
    }
    List<JudgedGuest> judged =
        new GuestStates(
                self,
                withHypervisorsView(self, guests),
                context.vmcses(),
                reused,
                cpus,
                context.xen())
            .all();
    List<Guest> running =
        judged.stream().filter(each -> !each.isStale()).map(JudgedGuest::guest).toList();
    Machine live = new LiveRoot(self, virtualCpus, claims.roots(), running, hasCpus, log).machine();
    machines.set(0, new SystemVerdict(live, systems, log, running).machine());
    List<Guest> named =
        new HypervisorJoin(this).named(judged.stream().map(JudgedGuest::guest).toList());
    for (int i = 0; i < named.size(); i++) {
      Guest guest = named.get(i);
      Optional<MachineState> own = judged.get(i).state();
      machines.addAll(
          guest
              .scope()
              .find(
                  guest
                      .secondLevel()
                      .namedBy(context.xen().nameOf(guest))
                      .namedBy(HypervisorNames.of(guest, self, context.vmcses(), systems)),
                  guest.cpus(),
                  guest.inHypervisor(),
                  state.filter(MachineState::isStale).or(() -> own),
                  onOwnTables.getOrDefault(guest.scope().physical(), cpus),
                  true));
    }
    return machines;
  }

  /** Whether a root of this machine by its form is at an address of it. */
  boolean hasRoot(long address) {
    return context.structural().stream().anyMatch(found -> found.root().address() == address);
  }

  /** Whether a CPU of the dump file was stopped in this machine. */
  boolean runs(Cpu cpu) {
    return !FirstStage.of(cpu.architecture()).rootsOf(CpuState.of(cpu), context.finder()).isEmpty();
  }

  /**
   * CR4 of a machine's CPUs says how deep all its tables are; what was read in the other depth is
   * read again, and dropped where it is no root in this one.
   */
  private void keepOnly(PagingMode mode, List<Root> roots) {
    for (Root root : List.copyOf(roots)) {
      if (root.mode().levels().size() == mode.levels().size()) {
        continue;
      }
      Shape shape = context.finder().examine(mode, root.address());
      if (shape.isPlausible()) {
        Evidence evidence =
            Evidence.of(Source.STRUCTURE, root.address(), "well-formed tables: " + shape);
        roots.replaceAll(
            known ->
                known.equals(root) ? new Root(mode, root.address(), List.of(evidence)) : known);
      } else {
        roots.remove(root);
        context.tried(
            "0x%x: no root in the mode of the machine's CPUs, %s".formatted(root.address(), mode));
      }
    }
  }

  private static Set<Long> shadowRoots(List<Guest> guests) {
    Set<Long> roots = new HashSet<>();
    for (Guest guest : guests) {
      if (guest.secondLevel().kind() == SecondLevel.Kind.SHADOW) {
        guest.secondLevel().root().ifPresent(root -> roots.add(root.address()));
      }
    }
    return roots;
  }

  /** The same root with what structure says of it beside what registers say. */
  private static Root merged(Root root, List<Root> structural) {
    Root result = root;
    for (Root other : structural) {
      if (other.address() == root.address()) {
        for (Evidence evidence : other.evidence()) {
          if (root.evidence().stream().noneMatch(e -> e.source() == evidence.source())) {
            result = result.with(evidence);
          }
        }
      }
    }
    return result;
  }

  /** A root found by structure with what registers say of it, if they name it. */
  private static Root withRegisters(Root root, List<Root> named) {
    return named.stream()
        .filter(other -> other.address() == root.address())
        .findFirst()
        .map(other -> merged(other, List.of(root)))
        .orElse(root);
  }

  /**
   * The roots that are this machine's own: neither tables of a guest nor a guest's second level.
   */
  private List<Root> ownRoots(List<Guest> guests) {
    Set<Long> secondLevels = new HashSet<>();
    guests.forEach(
        guest -> guest.secondLevel().root().ifPresent(root -> addPages(root, secondLevels)));
    List<Root> own = new ArrayList<>();
    for (StructuralRoot found : context.structural()) {
      long address = found.root().address();
      if (!secondLevels.contains(address)
          && guests.stream()
              .allMatch(
                  guest -> guest.isHostItself() || guest.frames().guestOf(address).isEmpty())) {
        own.add(found.root());
      }
    }
    return own;
  }

  /** A root may be several tables side by side, each of which looks like one. */
  private static void addPages(Root root, Set<Long> pages) {
    long end = root.address() + Math.max(1, root.mode().rootBytes());
    for (long page = root.address(); page < end; page += PAGE) {
      pages.add(page);
    }
  }

  /** The machines that run on this one, as far as tables and control structures show. */
  private List<Guest> guests() {
    List<Guest> guests = new ArrayList<>();
    if (depth >= MAX_DEPTH) {
      log.warn("%s: machines are nested deeper than %d, not followed".formatted(id(), MAX_DEPTH));
      return guests;
    }
    for (GuestCandidate candidate : context.isa().secondLevels(context).candidates()) {
      if (above.contains(inImage(candidate.root()))) {
        context.tried(
            "0x%x: the second level of this machine itself, or of one below it: no guest"
                .formatted(candidate.root()));
        continue;
      }
      Walker walker = new Walker(candidate.mode(), candidate.root(), physical());
      FrameMap frames = framesOf(TranslatedMemory.of(physical(), walker));
      if (!isAlternate(candidate, walker, frames, guests)) {
        guest(candidate, walker, frames, nameOf(guests.size())).ifPresent(guests::add);
      }
    }
    List<Guest> found = withoutMerged(guests);
    for (XenDomains.Domain domain : context.xen().paravirtualized()) {
      found.add(paravirtualized(domain, nameOf(guests.size() + found.size())));
    }
    return new HypervisorJoin(this).named(byDomain(found));
  }

  /** A guest of Xen's that has no second level. */
  private Guest paravirtualized(XenDomains.Domain domain, String name) {
    FrameMap frames = framesOf(domain.memory());
    SecondLevel secondLevel =
        new SecondLevel(
            SecondLevel.Kind.P2M,
            Optional.empty(),
            Optional.empty(),
            frames.bytes(),
            List.of(),
            Optional.empty(),
            SecondLevel.Identity.NONE,
            Optional.empty());
    return new Guest(
        child(name, domain.memory(), sightings().inside(frames)),
        secondLevel,
        frames,
        List.of(),
        Optional.empty());
  }

  /** Xen's domains by their numbers, then those whose number is not known. */
  private List<Guest> byDomain(List<Guest> guests) {
    IdentityHashMap<Guest, Integer> numbers = new IdentityHashMap<>();
    for (Guest guest : guests) {
      numbers.put(
          guest,
          context
              .xen()
              .nameOf(guest)
              .flatMap(known -> known.domain().stream().boxed().findFirst())
              .orElse(Integer.MAX_VALUE));
    }
    return guests.stream().sorted(Comparator.comparing(numbers::get)).toList();
  }

  /**
   * Leaves out tables that a hypervisor merged for a guest of its guest (KVM's VMCB02 and VMCS02
   * run on such): that machine is found where it belongs, inside the guest whose pages these are.
   */
  private List<Guest> withoutMerged(List<Guest> guests) {
    List<Guest> own = new ArrayList<>();
    for (Guest guest : guests) {
      Optional<Guest> outer =
          guests.stream()
              .filter(other -> other.secondLevel().kind() != SecondLevel.Kind.SHADOW)
              .filter(other -> !other.isLentAllMemory())
              .filter(other -> guest.frames().isMostlyInside(other.frames()))
              .findFirst();
      if (guest.secondLevel().kind() == SecondLevel.Kind.SHADOW || outer.isEmpty()) {
        own.add(guest);
      } else {
        context.tried(
            "0x%x: tables that map pages of the guest on 0x%x only: merged for a guest inside it"
                .formatted(rootOf(guest), rootOf(outer.get())));
      }
    }
    return own;
  }

  /** Where an address of this machine lies in the image. */
  private long inImage(long address) {
    long lowest = Layer.toLowest(physical(), address);
    return Translation.isFault(lowest) ? -1 : Translation.address(lowest);
  }

  private static long rootOf(Guest guest) {
    return guest.secondLevel().root().map(Root::address).orElse(0L);
  }

  /** What a guest's memory is made of; says so where its tables have no end. */
  FrameMap framesOf(Layer guest) {
    FrameMap frames = FrameMap.of(guest, Budget.forSpace(guest));
    frames
        .cutFrom()
        .ifPresent(
            address ->
                log.warn(
                    ("%s: second-level tables map more than this image has memory for; what they"
                            + " map from guest-physical 0x%x on was not followed")
                        .formatted(id(), address)));
    return frames;
  }

  /** Warns users of what was not looked at. */
  void warn(String line) {
    log.warn("%s: %s".formatted(id(), line));
  }

  String nameOf(int index) {
    return (depth == 0 ? "vm" : id() + ".vm") + (index + 1);
  }

  /** The second-level tables that a hypervisor's own structure for a machine names. */
  Optional<GuestCandidate> recordIn(HypervisorGuest view) {
    return context.isa().secondLevels(context).namedBy(view);
  }

  /** A guest on the second-level tables that its hypervisor's own structure names. */
  Optional<Guest> namedBy(HypervisorGuest view, String name) {
    return recordIn(view)
        .flatMap(
            candidate -> {
              Walker walker = new Walker(candidate.mode(), candidate.root(), physical());
              return guest(
                  candidate, walker, framesOf(TranslatedMemory.of(physical(), walker)), name);
            });
  }

  /**
   * Whether a candidate's tables show a guest that was found already; that guest then learns it.
   */
  private boolean isAlternate(
      GuestCandidate candidate, Walker walker, FrameMap frames, List<Guest> guests) {
    for (int i = 0; i < guests.size(); i++) {
      Guest guest = guests.get(i);
      if (guest.secondLevel().kind() == candidate.kind() && frames.isMostlyLike(guest.frames())) {
        guests.set(i, joined(guest, candidate, walker, frames));
        return true;
      }
    }
    return false;
  }

  /**
   * A guest with another root of it. Where CPUs run on both and one maps all that the other does
   * and more, the machine has levels of privilege, as Windows has virtual trust levels: the machine
   * runs on the root that maps less, and what only the other maps is its memory too.
   */
  private Guest joined(Guest guest, GuestCandidate candidate, Walker walker, FrameMap frames) {
    boolean bothRun = !guest.cpus().isEmpty() && !candidate.cpus().isEmpty();
    Guest other =
        bothRun && (frames.mapsMoreThan(guest.frames()) || guest.frames().mapsMoreThan(frames))
            ? guest(candidate, walker, frames, guest.scope().id()).orElse(null)
            : null;
    if (other == null) {
      Root root = new Root(candidate.mode(), candidate.root(), candidate.evidence());
      return guest
          .withAlternate(root, candidate.cpus())
          .in(guest.scope().under(inImage(candidate.root())));
    }
    return frames.mapsMoreThan(guest.frames())
        ? withPrivileged(guest, other)
        : withPrivileged(other, guest);
  }

  private Guest withPrivileged(Guest guest, Guest privileged) {
    Layer own = Layer.of(guest.scope().physical()).orElseThrow();
    Layer all = Layer.of(privileged.scope().physical()).orElseThrow();
    Root root = privileged.secondLevel().root().orElseThrow();
    Evidence more =
        Evidence.of(
            Source.STRUCTURE,
            root.address(),
            "maps what 0x%x maps and %d KiB more: the same machine with more rights"
                .formatted(
                    rootOf(guest), (privileged.frames().bytes() - guest.frames().bytes()) >> 10));
    Guest both =
        guest.withAlternate(
            root.with(more), privileged.cpus().stream().map(VirtualCpu::asOtherState).toList());
    for (Root older : privileged.secondLevel().alternates()) {
      both = both.withAlternate(older, List.of());
    }
    Set<Long> tables = new HashSet<>(guest.scope().above);
    tables.addAll(privileged.scope().above);
    return both.in(
            child(
                guest.scope().id(),
                UnionMemory.of(own, all),
                sightings().inside(privileged.frames()),
                tables))
        .having(privileged.frames());
  }

  /** The same search, which takes one more table for its own second level and for no guest's. */
  private MachineScope under(long table) {
    Set<Long> tables = new HashSet<>(above);
    tables.add(table);
    return new MachineScope(parent, depth, below, context, systems, tables);
  }

  private Optional<Guest> guest(
      GuestCandidate candidate, Walker walker, FrameMap frames, String name) {
    boolean controlled = candidate.isControlled();
    // Xen maps its first domain's memory to itself, and is no part of that domain.
    boolean identity = frames.isMostlyIdentity() && !candidate.isXens();
    if (!controlled && identity) {
      context.tried(
          "0x%x: %s tables that map addresses to themselves: no guest"
              .formatted(candidate.root(), candidate.mode()));
      return Optional.empty();
    }
    boolean shadow = candidate.kind() == SecondLevel.Kind.SHADOW;
    // A shadow root maps virtual addresses: what it maps is not the guest's physical memory.
    MachineScope scope =
        shadow
            ? child(name, AbsentMemory.INSTANCE, Sightings.NONE)
            : child(
                name,
                TranslatedMemory.of(physical(), walker),
                sightings().inside(frames),
                withAbove(candidate.root()));
    List<StructuralRoot> inside = scope.kernelRoots();
    if (!inside.isEmpty()) {
      candidate.add(
          Evidence.of(
              Source.CONTENT,
              inside.getFirst().root().address(),
              "guest-physical memory holds %d page-table roots of a kernel, the likeliest at 0x%x"
                  .formatted(inside.size(), inside.getFirst().root().address())));
    } else if (!controlled) {
      context.tried(
          "0x%x: %s tables, but no kernel's page tables in what they map: no guest"
              .formatted(candidate.root(), candidate.mode()));
      return Optional.empty();
    }
    SecondLevel secondLevel =
        new SecondLevel(
            candidate.kind(),
            Optional.of(new Root(candidate.mode(), candidate.root(), candidate.evidence())),
            Optional.ofNullable(candidate.pointer()),
            frames.bytes(),
            List.of(),
            Optional.empty(),
            !identity || shadow
                ? SecondLevel.Identity.NONE
                : new ParentsSystem(context, candidate, frames).runsIn(scope.physical(), inside)
                    ? SecondLevel.Identity.SAME_SYSTEM
                    : SecondLevel.Identity.OTHER_SYSTEM,
            candidate.hypervisor());
    return Optional.of(new Guest(scope, secondLevel, frames, candidate.cpus(), Optional.empty()));
  }

  private Set<Long> withAbove(long root) {
    Set<Long> all = new HashSet<>(above);
    all.add(inImage(root));
    return all;
  }

  MachineScope child(String name, Memory memory, Sightings seen) {
    return child(name, memory, seen, above);
  }

  private MachineScope child(String name, Memory memory, Sightings seen, Set<Long> tables) {
    return new MachineScope(Optional.of(this), context.child(name, memory, seen), systems, tables);
  }

  /** A guest's search over, in memory in which the same roots are to be found. */
  MachineScope child(String name, Memory memory, MachineScope before) {
    return new MachineScope(
        Optional.of(this), before.context.in(name, memory), systems, before.above);
  }

  private List<StructuralRoot> kernelRoots() {
    return context.structural().stream().filter(StructuralRoot::kernelHalf).toList();
  }

  /** The guests with what this machine's own hypervisor knows of them. */
  private List<Guest> withHypervisorsView(Machine self, List<Guest> guests) {
    return depth >= MAX_DEPTH
        ? guests
        : new HypervisorJoin(this)
            .join(guests, self.system().map(GuestSystem::virtualMachines).orElse(List.of()));
  }
}
