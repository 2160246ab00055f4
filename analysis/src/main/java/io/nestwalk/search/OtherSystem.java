package io.nestwalk.search;

import io.nestwalk.machine.Machine;
import io.nestwalk.roots.Root;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.GuestSystems;
import io.nestwalk.system.Site;
import io.nestwalk.system.SystemFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A system in a machine's memory beside the one that the machine is recognised by: after kexec the
 * one that came before, with all that it left.
 *
 * @param system the system
 * @param roots those of the machine's roots that map its kernel; at least one
 */
record OtherSystem(GuestSystem system, List<Root> roots) {

  /** More than a kernel, the one that crashed before it and a third nobody has in one memory. */
  private static final int MOST = 3;

  /**
   * The other systems in a machine's memory, in the order of the machine's roots.
   *
   * @param machine whose own system is recognised
   * @param map of its memory
   */
  static List<OtherSystem> of(Machine machine, GuestSystems systems, KernelMap map) {
    List<OtherSystem> found = new ArrayList<>();
    Optional<GuestSystem> own = machine.system();
    if (own.isEmpty()) {
      return found;
    }
    List<SystemFacts> known = new ArrayList<>(List.of(own.get().facts()));
    List<Root> left = new ArrayList<>(machine.roots());
    left.removeIf(root -> !map.hasAnother(root, own.get().facts()));
    while (!left.isEmpty() && found.size() < MOST) {
      Optional<GuestSystem> other =
          systems.recognise(
              new Site(machine.architecture(), machine.physical(), left, machine.cpus()));
      if (other.isEmpty() || known.stream().anyMatch(each -> isSame(each, other.get().facts()))) {
        break;
      }
      SystemFacts facts = other.get().facts();
      List<Root> itsOwn = machine.roots().stream().filter(root -> map.has(root, facts)).toList();
      if (itsOwn.isEmpty() || !map.isItsMemory(itsOwn.getFirst().mode(), facts)) {
        break;
      }
      known.add(facts);
      found.add(new OtherSystem(other.get(), itsOwn));
      left.removeIf(root -> map.has(root, facts));
    }
    return List.copyOf(found);
  }

  private static boolean isSame(SystemFacts first, SystemFacts second) {
    return first.kernelBase() == second.kernelBase()
        && first.kernelPhysical().equals(second.kernelPhysical());
  }

  /** Whether a root is one of its own. */
  boolean has(Root root) {
    return roots.stream().anyMatch(own -> own.address() == root.address());
  }
}
