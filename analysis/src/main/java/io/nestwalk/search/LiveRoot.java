package io.nestwalk.search;

import static io.nestwalk.image.RegisterNames.CR3;

import io.nestwalk.image.Cpu;
import io.nestwalk.machine.Machine;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.Root;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The root that a machine runs on now. What a CPU saved of its host when it last entered a guest
 * stays in memory: once the guest has ended, that root is of a process that is no more.
 */
final class LiveRoot {

  private final Machine machine;
  private final List<Root> claimed;
  private final Set<Long> runningStructures = new HashSet<>();
  private final boolean hasGuests;
  private final boolean hasCpus;
  private final SearchLog log;

  /**
   * A choice for one machine.
   *
   * @param own its CPUs as the hypervisor below has them
   * @param claimed roots that registers and control structures name
   * @param running its guests but for those that have ended
   * @param hasCpus whether the dump file has CPUs
   */
  LiveRoot(
      Machine machine,
      List<VirtualCpu> own,
      List<Root> claimed,
      List<Guest> running,
      boolean hasCpus,
      SearchLog log) {
    this.machine = machine;
    this.claimed = List.copyOf(claimed);
    hasGuests = !running.isEmpty();
    this.hasCpus = hasCpus;
    this.log = log;
    own.forEach(cpu -> runningStructures.add(cpu.structure()));
    running.forEach(guest -> guest.cpus().forEach(cpu -> runningStructures.add(cpu.structure())));
  }

  /** The machine on that root; as it was where nothing speaks against its own. */
  Machine machine() {
    if (machine.root().isEmpty() || !isOfThePast(machine.root().get())) {
      return machine;
    }
    Optional<ListedRoots> listed = ListedRoots.of(machine);
    if (listed.isEmpty() && (hasGuests || hasCpus)) {
      return machine;
    }
    List<Root> left =
        claimed.stream()
            .filter(this::isOfThePast)
            .filter(root -> listed.isEmpty() || !listed.get().contain(root.address()))
            .toList();
    Root own = machine.root().get();
    if (left.stream().noneMatch(root -> root.address() == own.address())) {
      return machine;
    }
    String why =
        listed.isPresent()
            ? "no process has this root: saved when a guest ran that has ended"
            : "no guest runs any more: saved before the last one ended";
    log.tried(machine.id(), "0x%x: %s".formatted(own.address(), why));
    Evidence against = Evidence.against(Source.CONTENT, own.address(), why);
    List<Root> roots = new ArrayList<>(machine.roots());
    roots.replaceAll(root -> isAmong(left, root.address()) ? root.with(against) : root);
    Optional<Root> live =
        claimed.stream()
            .filter(root -> !isAmong(left, root.address()))
            .flatMap(root -> roots.stream().filter(each -> each.address() == root.address()))
            .findFirst()
            .or(
                () ->
                    roots.stream()
                        .filter(root -> !isAmong(left, root.address()))
                        .filter(root -> listed.isEmpty() || listed.get().contain(root.address()))
                        .findFirst())
            .or(() -> roots.stream().filter(root -> !isAmong(left, root.address())).findFirst());
    List<Cpu> cpus =
        machine.cpus().stream()
            .filter(cpu -> left.stream().noneMatch(root -> isOn(cpu, root)))
            .toList();
    return live.isEmpty() ? machine : machine.with(live, roots, cpus);
  }

  /** Whether nothing but a host's saved state names a root. */
  private boolean isOfThePast(Root root) {
    boolean saved = false;
    for (Evidence evidence : root.evidence()) {
      switch (evidence.source()) {
        case HOST_SAVE -> saved = true;
        case VMCS -> {
          if (runningStructures.contains(evidence.address())) {
            return false;
          }
          saved = true;
        }
        case CPU_REGISTER, VMCB, HYPERVISOR -> {
          return false;
        }
        case STRUCTURE, CONTENT -> {
          // True of the dead's as well.
        }
      }
    }
    return saved;
  }

  private static boolean isAmong(List<Root> roots, long address) {
    return roots.stream().anyMatch(root -> root.address() == address);
  }

  private static boolean isOn(Cpu cpu, Root root) {
    long cr3 = cpu.registers().get(CR3, 0);
    return root.mode().rootOf(cr3) == root.address();
  }
}
