package io.nestwalk.machine;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.Memory;
import io.nestwalk.memory.AbsentMemory;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Walker;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.HostSave;
import io.nestwalk.roots.Root;
import io.nestwalk.roots.RootFinder;
import io.nestwalk.roots.StructuralRoot;
import io.nestwalk.roots.Vmcs;
import io.nestwalk.roots.VmcsReader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The search in one machine's memory: for its own roots, and for the machines that run on it, each
 * of which is searched in the same way.
 */
final class MachineScope {

  /**
   * The width of physical addresses that tables may name. The dump does not tell the processor's
   * own; with 48 bits the markers that hypervisors put into entries for devices (bit 51) stand out
   * as reserved, and 256 TiB of memory can be reached.
   */
  static final int PHYSICAL_BITS = 48;

  /** How deep machines may be nested. Nobody runs more than three. */
  private static final int MAX_DEPTH = 8;

  private final String id;
  private final Optional<String> parent;
  private final int depth;
  private final Memory physical;
  private final Optional<Memory> below;
  private final Architecture architecture;
  private final Sightings sightings;
  private final List<GuestCandidate.VirtualCpu> virtualCpus;
  private final SearchLog log;
  private final RootFinder finder;
  private final List<StructuralRoot> structural;

  private MachineScope(
      String id,
      Optional<String> parent,
      int depth,
      Memory physical,
      Optional<Memory> below,
      Architecture architecture,
      Sightings sightings,
      List<GuestCandidate.VirtualCpu> virtualCpus,
      SearchLog log) {
    this.id = id;
    this.parent = parent;
    this.depth = depth;
    this.physical = physical;
    this.below = below;
    this.architecture = architecture;
    this.sightings = sightings;
    this.virtualCpus = virtualCpus;
    this.log = log;
    finder = new RootFinder(physical, architecture, PHYSICAL_BITS);
    structural = finder.byStructure(sightings.tables());
  }

  /** The search in the image's own physical memory. */
  static MachineScope host(
      Memory physical, Architecture architecture, Sightings sightings, SearchLog log) {
    return new MachineScope(
        Machine.HOST,
        Optional.empty(),
        0,
        physical,
        Optional.empty(),
        architecture,
        sightings,
        List.of(),
        log);
  }

  /**
   * This machine and those that run on it.
   *
   * @param cpus CPUs of the dump file that no machine has claimed yet; those whose registers belong
   *     here are taken out
   */
  List<Machine> find(List<Cpu> cpus) {
    return find(SecondLevel.NONE, cpus);
  }

  private List<Machine> find(SecondLevel secondLevel, List<Cpu> cpus) {
    List<Vmcs> vmcses = new VmcsReader(physical, finder, PHYSICAL_BITS).read(sightings.vmcsPages());
    List<Guest> guests = guests(vmcses);
    List<Root> roots = ownRoots(guests);
    List<Cpu> ownCpus = new ArrayList<>();
    List<Root> known = new ArrayList<>();
    int fileCpus = cpus.size();
    claim(cpus, shadowRoots(guests), ownCpus, known);
    if (secondLevel.kind() == SecondLevel.Kind.SHADOW) {
      claimShadowed(secondLevel, cpus, ownCpus);
    } else {
      fromControlStructures(vmcses, fileCpus, ownCpus, known);
    }
    Optional<Root> root =
        known.stream().findFirst().map(r -> merged(r, roots)).or(() -> roots.stream().findFirst());
    known.removeIf(r -> roots.stream().anyMatch(other -> other.address() == r.address()));
    roots.addAll(known);
    List<Machine> machines = new ArrayList<>();
    machines.add(
        new Machine(id, parent, architecture, physical, below, secondLevel, root, roots, ownCpus));
    for (Guest guest : guests) {
      machines.addAll(guest.scope.find(guest.secondLevel, cpus));
    }
    return machines;
  }

  /** CPUs of the dump file whose registers make sense in this machine. */
  private void claim(List<Cpu> cpus, Set<Long> shadowRoots, List<Cpu> own, List<Root> known) {
    for (Cpu cpu : List.copyOf(cpus)) {
      String what = "CPU %d".formatted(cpu.id());
      Optional<Root> root =
          architecture == Architecture.AARCH64
              ? finder.mapping(structural, cpu, what)
              : finder.check(cpu.architecture(), cpu.registers(), Source.CPU_REGISTER, -1, what);
      if (root.isPresent() && !shadowRoots.contains(root.get().address())) {
        cpus.remove(cpu);
        own.add(cpu);
        known.add(root.get());
      } else if (cpu.registers().get("cr3").isPresent()) {
        log.tried(
            id,
            "%s's CR3 0x%x is no root here: %s"
                .formatted(
                    what,
                    cpu.registers().get("cr3", 0),
                    root.isPresent()
                        ? "it is a guest's shadow root"
                        : "it does not map the CPU's instruction"));
      }
    }
  }

  /** CPUs that were stopped inside this machine, which has shadow tables: their CR3 is its root. */
  private static void claimShadowed(SecondLevel shadow, List<Cpu> cpus, List<Cpu> own) {
    Root root = shadow.root().orElseThrow();
    for (Cpu cpu : List.copyOf(cpus)) {
      if (root.mode().rootOf(cpu.registers().get("cr3", 0)) == root.address()) {
        cpus.remove(cpu);
        own.add(cpu);
      }
    }
  }

  private static Set<Long> shadowRoots(List<Guest> guests) {
    Set<Long> roots = new HashSet<>();
    for (Guest guest : guests) {
      if (guest.secondLevel.kind() == SecondLevel.Kind.SHADOW) {
        guest.secondLevel.root().ifPresent(root -> roots.add(root.address()));
      }
    }
    return roots;
  }

  /**
   * What VMCBs, VMCSes and host-save areas say of this machine's own CPUs. A CPU of the dump file
   * that was claimed already is one of these, with younger registers.
   */
  private void fromControlStructures(
      List<Vmcs> vmcses, int fileCpus, List<Cpu> own, List<Root> known) {
    List<GuestCandidate.VirtualCpu> told = new ArrayList<>(virtualCpus);
    for (HostSave save : sightings.hostSaves()) {
      String what = "host-save area 0x%x".formatted(save.address());
      told.add(
          new GuestCandidate.VirtualCpu(save.address(), what, Source.HOST_SAVE, save.registers()));
    }
    for (Vmcs vmcs : vmcses) {
      long address = vmcs.page().address();
      String what = "VMCS 0x%x (host state)".formatted(address);
      told.add(new GuestCandidate.VirtualCpu(address, what, Source.VMCS, vmcs.host()));
    }
    int limit = virtualCpus.isEmpty() && fileCpus > 0 ? fileCpus : told.size();
    int claimed = own.size();
    for (GuestCandidate.VirtualCpu cpu : told) {
      Optional<Root> root =
          finder.check(architecture, cpu.registers(), cpu.source(), cpu.structure(), cpu.what());
      if (root.isEmpty()) {
        cpu.registers()
            .get("cr3")
            .ifPresent(
                cr3 -> log.tried(id, "%s: CR3 0x%x is no root here".formatted(cpu.what(), cr3)));
        continue;
      }
      known.add(root.get());
      if (claimed > 0) {
        claimed--;
      } else if (own.size() < limit) {
        own.add(new Cpu(own.size(), architecture, cpu.registers()));
      }
    }
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

  /**
   * The roots that are this machine's own: neither tables of a guest nor a guest's second level.
   */
  private List<Root> ownRoots(List<Guest> guests) {
    Set<Long> secondLevels = new HashSet<>();
    guests.forEach(guest -> guest.secondLevel.root().ifPresent(r -> secondLevels.add(r.address())));
    List<Root> own = new ArrayList<>();
    for (StructuralRoot found : structural) {
      long address = found.root().address();
      if (!secondLevels.contains(address)
          && guests.stream().allMatch(guest -> guest.frames.guestOf(address).isEmpty())) {
        own.add(found.root());
      }
    }
    return own;
  }

  /** The machines that run on this one. */
  private List<Guest> guests(List<Vmcs> vmcses) {
    List<Guest> guests = new ArrayList<>();
    if (depth >= MAX_DEPTH) {
      log.warn("%s: machines are nested deeper than %d, not followed".formatted(id, MAX_DEPTH));
      return guests;
    }
    for (GuestCandidate candidate : secondLevels(vmcses).candidates()) {
      String name = (depth == 0 ? "vm" : id + ".vm") + (guests.size() + 1);
      guest(candidate, name).ifPresent(guests::add);
    }
    return guests;
  }

  private SecondLevelSearch secondLevels(List<Vmcs> vmcses) {
    return switch (architecture) {
      case X86, X86_64 ->
          X86SecondLevels.of(
              id, physical, architecture, finder, sightings, vmcses, structural, log);
      case AARCH64 -> new ArmSecondLevels(physical, sightings.tables());
      case RISCV64 -> List::of;
    };
  }

  private Optional<Guest> guest(GuestCandidate candidate, String name) {
    Walker walker = new Walker(candidate.mode(), candidate.root(), physical);
    boolean shadow = candidate.kind() == SecondLevel.Kind.SHADOW;
    FrameMap frames = FrameMap.of(walker);
    boolean controlled = !candidate.cpus().isEmpty();
    if (!controlled && frames.identityBytes() >= frames.bytes() / 2) {
      log.tried(
          id,
          "0x%x: %s tables that map addresses to themselves: no guest"
              .formatted(candidate.root(), candidate.mode()));
      return Optional.empty();
    }
    // A shadow root maps virtual addresses: what it maps is not the guest's physical memory.
    Memory memory = shadow ? AbsentMemory.INSTANCE : TranslatedMemory.of(physical, walker);
    MachineScope scope =
        new MachineScope(
            name,
            Optional.of(id),
            depth + 1,
            memory,
            Optional.of(physical),
            architecture,
            shadow ? Sightings.NONE : sightings.inside(frames),
            candidate.cpus(),
            log);
    List<StructuralRoot> inside =
        scope.structural.stream().filter(StructuralRoot::kernelHalf).toList();
    if (!inside.isEmpty()) {
      candidate.add(
          Evidence.of(
              Source.CONTENT,
              inside.getFirst().root().address(),
              "guest-physical memory holds %d page-table roots of a kernel, the likeliest at 0x%x"
                  .formatted(inside.size(), inside.getFirst().root().address())));
    } else if (!controlled) {
      log.tried(
          id,
          "0x%x: %s tables, but no kernel's page tables in what they map: no guest"
              .formatted(candidate.root(), candidate.mode()));
      return Optional.empty();
    }
    Root root = new Root(candidate.mode(), candidate.root(), candidate.evidence());
    SecondLevel secondLevel =
        new SecondLevel(
            candidate.kind(),
            Optional.of(root),
            Optional.ofNullable(candidate.pointer()),
            frames.bytes());
    return Optional.of(new Guest(scope, secondLevel, frames));
  }

  /** A machine that was found, before its own memory is searched further. */
  private record Guest(MachineScope scope, SecondLevel secondLevel, FrameMap frames) {}
}
