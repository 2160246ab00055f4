package io.nestwalk.search;

import io.nestwalk.machine.FrameMap;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.memory.UnionMemory;
import io.nestwalk.paging.Walker;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.Root;
import io.nestwalk.roots.StructuralRoot;
import io.nestwalk.system.HypervisorGuest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The search for the machines that run on one: second-level tables and control structures in its
 * memory, each of which is a guest only when what it maps looks like a machine's memory.
 */
final class GuestSearch {

  private final MachineScope host;
  private final SearchContext context;

  /** A search for the guests of the machine that {@code host} searches. */
  GuestSearch(MachineScope host) {
    this.host = host;
    context = host.context();
  }

  /** The machines that run on this one, as far as tables and control structures show. */
  List<Guest> all() {
    List<Guest> guests = new ArrayList<>();
    if (host.isDeepest()) {
      host.warn(
          "machines are nested deeper than %d, not followed".formatted(MachineScope.MAX_DEPTH));
      return guests;
    }
    for (GuestCandidate candidate : context.isa().secondLevels(context).candidates()) {
      if (host.secondLevels().contains(host.inImage(candidate.root()))) {
        context.tried(
            "0x%x: the second level of this machine itself, or of one below it: no guest"
                .formatted(candidate.root()));
        continue;
      }
      Walker walker = new Walker(candidate.mode(), candidate.root(), host.physical());
      FrameMap frames = host.framesOf(TranslatedMemory.of(host.physical(), walker));
      if (!isAlternate(candidate, walker, frames, guests)) {
        guest(candidate, walker, frames, host.nameOf(guests.size())).ifPresent(guests::add);
      }
    }
    List<Guest> found = withoutMerged(guests);
    for (XenDomains.Domain domain : context.xen().paravirtualized()) {
      found.add(paravirtualized(domain, host.nameOf(guests.size() + found.size())));
    }
    return host.numbered(byDomain(found));
  }

  /** A guest of Xen's that has no second level. */
  private Guest paravirtualized(XenDomains.Domain domain, String name) {
    FrameMap frames = host.framesOf(domain.memory());
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
        host.child(name, domain.memory(), host.sightings().inside(frames), "domain", domain.root()),
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
              .filter(
                  other ->
                      tablesOf(guest)
                          .filter(tables -> !WrittenPages.areMostlyInside(tables, other.frames()))
                          .isEmpty())
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
        shadow ? host.absentChild(name) : host.child(name, walker, host.sightings().inside(frames));
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

  /** The second-level tables that a hypervisor's own structure for a machine names. */
  Optional<GuestCandidate> recordIn(HypervisorGuest view) {
    return context.isa().secondLevels(context).namedBy(view);
  }

  /** A guest on the second-level tables that its hypervisor's own structure names. */
  Optional<Guest> namedBy(HypervisorGuest view, String name) {
    return recordIn(view)
        .flatMap(
            candidate -> {
              Walker walker = new Walker(candidate.mode(), candidate.root(), host.physical());
              return guest(
                  candidate,
                  walker,
                  host.framesOf(TranslatedMemory.of(host.physical(), walker)),
                  name);
            });
  }

  /**
   * Whether a candidate's tables show a guest that was found already; that guest then learns it.
   */
  private boolean isAlternate(
      GuestCandidate candidate, Walker walker, FrameMap frames, List<Guest> guests) {
    for (int i = 0; i < guests.size(); i++) {
      Guest guest = guests.get(i);
      if (guest.secondLevel().kind() == candidate.kind()
          && frames.isMostlyLike(guest.frames())
          && !isClone(walker, guest)) {
        guests.set(i, joined(guest, candidate, walker, frames));
        return true;
      }
    }
    return false;
  }

  /** Whether tables map mostly what a guest has because both came from the same memory. */
  private boolean isClone(Walker walker, Guest guest) {
    return tablesOf(guest)
        .filter(
            own -> WrittenPages.areOfTwoMachines(TranslatedMemory.of(host.physical(), walker), own))
        .isPresent();
  }

  /** The second-level tables that a guest was found by; empty where it was found otherwise. */
  private Optional<Layer> tablesOf(Guest guest) {
    return guest
        .secondLevel()
        .root()
        .map(
            root ->
                TranslatedMemory.of(
                    host.physical(), new Walker(root.mode(), root.address(), host.physical())));
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
          .in(guest.scope().under(host.inImage(candidate.root())));
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
    Set<Long> tables = new HashSet<>(guest.scope().secondLevels());
    tables.addAll(privileged.scope().secondLevels());
    return both.in(
            host.child(
                guest.scope().id(),
                UnionMemory.of(own, all),
                host.sightings().inside(privileged.frames()),
                tables,
                rootOf(privileged)))
        .having(privileged.frames());
  }

  private static long rootOf(Guest guest) {
    return guest.secondLevel().root().map(Root::address).orElse(0L);
  }
}
