package io.nestwalk.search;

import io.nestwalk.image.Cpu;
import io.nestwalk.image.Memory;
import io.nestwalk.machine.FrameMap;
import io.nestwalk.machine.LazySystem;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.memory.AbsentMemory;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.roots.CpuState;
import io.nestwalk.roots.FirstStage;
import io.nestwalk.roots.RememberedRoots;
import io.nestwalk.roots.StructuralRoot;
import io.nestwalk.system.GuestSystems;
import io.nestwalk.system.HypervisorGuest;
import java.util.ArrayList;
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

  /** How deep machines may be nested. Nobody runs more than three. */
  static final int MAX_DEPTH = 8;

  private final Optional<String> parent;
  private final int depth;
  private final Optional<Memory> below;
  private final SearchContext context;
  private final SearchLog log;
  private final GuestSystems systems;

  /** Where the second-level tables of this machine and of those below it lie in the image. */
  private final Set<Long> secondLevels;

  private MachineScope(
      Optional<MachineScope> parent,
      SearchContext context,
      GuestSystems systems,
      Set<Long> secondLevels) {
    this(
        parent.map(MachineScope::id),
        parent.map(scope -> scope.depth + 1).orElse(0),
        parent.map(MachineScope::physical),
        context,
        systems,
        secondLevels);
  }

  private MachineScope(
      Optional<String> parent,
      int depth,
      Optional<Memory> below,
      SearchContext context,
      GuestSystems systems,
      Set<Long> secondLevels) {
    this.parent = parent;
    this.depth = depth;
    this.below = below;
    this.context = context;
    log = context.log();
    this.systems = systems;
    this.secondLevels = Set.copyOf(secondLevels);
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
    return find(FromBelow.NOTHING, cpus, true);
  }

  /** The machine's name. */
  String id() {
    return context.machine();
  }

  /** Its physical memory. */
  Memory physical() {
    return context.memory();
  }

  /** What is known of it. */
  SearchContext context() {
    return context;
  }

  /** Where the second-level tables of this machine and of those below it lie in the image. */
  Set<Long> secondLevels() {
    return secondLevels;
  }

  /** Whether machines on this one are not looked for any more. */
  boolean isDeepest() {
    return depth >= MAX_DEPTH;
  }

  /** What the survey saw in it. */
  Sightings sightings() {
    return context.sightings();
  }

  /** This machine alone, without what its operating system knows of others. */
  Machine findAlone(List<Cpu> cpus) {
    return find(FromBelow.NOTHING, cpus, false).getFirst();
  }

  private List<Machine> find(FromBelow known, List<Cpu> cpus, boolean withGuests) {
    List<Guest> guests = new GuestSearch(this).all();
    ReusedPages reused = new ReusedPages(context.finder(), context.structural(), guests);
    boolean hasCpus = !cpus.isEmpty();
    IdentityHashMap<Memory, List<Cpu>> onOwnTables = cpusOnOwnTables(guests, cpus);
    CpuClaims claims = new CpuClaims(context);
    if (known.secondLevel().kind() == SecondLevel.Kind.SHADOW) {
      claims.claimShadowed(known.secondLevel(), cpus);
    }
    claims.claim(cpus, shadowRoots(guests), guests.isEmpty());
    claims.fromMemory(known.cpus());
    Machine self = machine(known, guests, reused, claims);
    if (!withGuests) {
      return List.of(self);
    }
    HypervisorRecords records = HypervisorRecords.of(self);
    List<Guest> joined = joined(guests, records.own());
    List<JudgedGuest> judged = states(self, joined, records, reused, cpus);
    KernelMap kernels = new KernelMap(physical());
    List<OtherSystem> others =
        areShadowed(judged, records) ? List.of() : OtherSystem.of(self, systems, kernels);
    if (!others.isEmpty()) {
      // What a system that runs no more left is not for the first look to tell.
      records = records.with(others);
      judged = states(self, joined(joined, records.left()), records, reused, cpus);
    }
    List<Guest> running = running(judged);
    Machine live =
        new LiveRoot(self, known.cpus(), claims.roots(), running, hasCpus, log).machine();
    List<Machine> machines =
        new ArrayList<>(
            new SystemVerdict(live, others, kernels, log, areShadowed(judged, records)).machines());
    List<Guest> named = numbered(judged.stream().map(JudgedGuest::guest).toList());
    for (int i = 0; i < named.size(); i++) {
      Guest guest = named.get(i);
      machines.addAll(
          guest
              .scope()
              .find(
                  known.toGuest(
                      guest,
                      guest
                          .secondLevel()
                          .namedBy(context.xen().nameOf(guest))
                          .namedBy(HypervisorNames.of(guest, self, context.vmcses(), systems)),
                      judged.get(i).state()),
                  onOwnTables.getOrDefault(guest.scope().physical(), cpus),
                  true));
    }
    return machines;
  }

  private Machine machine(
      FromBelow known, List<Guest> guests, ReusedPages reused, CpuClaims claims) {
    // A guest that nothing names, and whose pages are in use again, takes no roots from this
    // machine.
    List<Guest> withTables =
        guests.stream()
            .filter(guest -> GuestStates.named(guest).isPresent() || reused.in(guest).isEmpty())
            .toList();
    MachineRoots roots = new MachineRoots(context, withTables, claims);
    return new Machine(
        id(),
        parent,
        context.isa().architecture(),
        physical(),
        below,
        known.secondLevel().namedBy(HypervisorNames.below(context.vmcses())),
        roots.first(),
        roots.all(),
        claims.cpus(),
        known.inHypervisor(),
        known.state(),
        Optional.empty(),
        new LazySystem(systems, context.remembered().notes()));
  }

  /** The CPUs of each guest that runs on tables of its own in this machine's memory. */
  private static IdentityHashMap<Memory, List<Cpu>> cpusOnOwnTables(
      List<Guest> guests, List<Cpu> cpus) {
    IdentityHashMap<Memory, List<Cpu>> all = new IdentityHashMap<>();
    guests.stream()
        .filter(Guest::isParavirtualized)
        .forEach(guest -> all.put(guest.scope().physical(), XenDomains.cpusOf(guest, cpus)));
    return all;
  }

  /** Whether a root of this machine by its form is at an address of it. */
  boolean hasRoot(long address) {
    return context.structural().stream().anyMatch(found -> found.root().address() == address);
  }

  /** Whether a CPU of the dump file was stopped in this machine. */
  boolean runs(Cpu cpu) {
    return !FirstStage.of(cpu.architecture()).rootsOf(CpuState.of(cpu), context.finder()).isEmpty();
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

  /** Warns users of what was not looked at. */
  void warn(String line) {
    log.warn("%s: %s".formatted(id(), line));
  }

  /** The name of the guest at {@code index}, from 0, of this machine. */
  String nameOf(int index) {
    return (depth == 0 ? "vm" : id() + ".vm") + (index + 1);
  }

  /** Where an address of this machine lies in the image. */
  long inImage(long address) {
    long lowest = Layer.toLowest(physical(), address);
    return Translation.isFault(lowest) ? -1 : Translation.address(lowest);
  }

  /** Numbers the guests without a gap where some turned out to be one. */
  List<Guest> numbered(List<Guest> guests) {
    List<Guest> result = new ArrayList<>();
    for (Guest guest : guests) {
      String name = nameOf(result.size());
      result.add(
          guest.scope().id().equals(name)
              ? guest
              : new Guest(
                  child(name, guest.scope().physical(), guest.scope()),
                  guest.secondLevel(),
                  guest.frames(),
                  guest.cpus(),
                  guest.inHypervisor()));
    }
    return result;
  }

  /** What a guest's memory is made of; says so where its tables have no end. */
  FrameMap framesOf(Layer guest) {
    FrameMap frames = FrameMap.of(guest, Budget.forSpace(guest));
    frames
        .cutFrom()
        .ifPresent(
            address ->
                warn(
                    ("second-level tables map more than this image has memory for; what they"
                            + " map from guest-physical 0x%x on was not followed")
                        .formatted(address)));
    return frames;
  }

  /** The same search, which takes one more table for its own second level and for no guest's. */
  MachineScope under(long table) {
    Set<Long> tables = new HashSet<>(secondLevels);
    tables.add(table);
    return new MachineScope(parent, depth, below, context, systems, tables);
  }

  /** A search in the memory of a guest of which nothing is there. */
  MachineScope absentChild(String name) {
    return child(name, AbsentMemory.INSTANCE, Sightings.NONE, secondLevels, RememberedRoots.NONE);
  }

  /**
   * A search in a guest's memory, which stands on no tables but this machine's.
   *
   * @param kind what describes that memory
   * @param address where that stands in this machine
   */
  MachineScope child(String name, Memory memory, Sightings seen, String kind, long address) {
    return child(name, memory, seen, secondLevels, context.remembered().behind(kind, address));
  }

  /** A search in the memory of a guest on the second-level tables that a walker goes through. */
  MachineScope child(String name, Walker tables, Sightings seen) {
    Set<Long> all = new HashSet<>(secondLevels);
    all.add(inImage(tables.root()));
    return child(
        name,
        TranslatedMemory.of(physical(), tables),
        seen,
        all,
        context.remembered().behind(tables.mode(), tables.root()));
  }

  /**
   * A search in the memory of a guest to which several second-level tables belong.
   *
   * @param tables where they lie in the image
   * @param root the address in this machine of those that show most of it
   */
  MachineScope child(String name, Memory memory, Sightings seen, Set<Long> tables, long root) {
    return child(name, memory, seen, tables, context.remembered().behind("united", root));
  }

  private MachineScope child(
      String name, Memory memory, Sightings seen, Set<Long> tables, RememberedRoots remembered) {
    return new MachineScope(
        Optional.of(this), context.child(name, memory, seen, remembered), systems, tables);
  }

  /** A guest's search over, in memory in which the same roots are to be found. */
  MachineScope child(String name, Memory memory, MachineScope before) {
    return new MachineScope(
        Optional.of(this), before.context.in(name, memory), systems, before.secondLevels);
  }

  /** Roots of kernels that its memory shows by their form. */
  List<StructuralRoot> kernelRoots() {
    return context.structural().stream().filter(StructuralRoot::kernelHalf).toList();
  }

  /** The guests with what a hypervisor of this machine knows of them. */
  private List<Guest> joined(List<Guest> guests, List<HypervisorGuest> known) {
    return isDeepest() ? guests : new HypervisorJoin(this).join(guests, known);
  }

  private List<JudgedGuest> states(
      Machine self,
      List<Guest> guests,
      HypervisorRecords records,
      ReusedPages reused,
      List<Cpu> unclaimed) {
    return new GuestStates(
            self, guests, records, context.vmcses(), reused, unclaimed, context.xen())
        .all();
  }

  private static List<Guest> running(List<JudgedGuest> judged) {
    return judged.stream().filter(each -> !each.isStale()).map(JudgedGuest::guest).toList();
  }

  /**
   * Whether tables in this memory map kernels of guests that have not ended: then a root that maps
   * another kernel than this machine's shows no second system.
   */
  private static boolean areShadowed(List<JudgedGuest> judged, HypervisorRecords records) {
    return records.haveShadowTables() || running(judged).stream().anyMatch(Guest::isShadowed);
  }
}
