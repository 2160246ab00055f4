package io.nestwalk.search;

import io.nestwalk.machine.Machine;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** The roots that a machine's operating system uses: its processes' and the kernel's own. */
record ListedRoots(Set<Long> roots) {

  /** Those of a machine; empty where no system tells of its processes' roots. */
  static Optional<ListedRoots> of(Machine machine) {
    Optional<GuestSystem> system = machine.system();
    if (system.isEmpty()) {
      return Optional.empty();
    }
    Set<Long> roots = new HashSet<>();
    for (GuestProcess process : system.get().processes()) {
      process.root().ifPresent(roots::add);
      process.userRoot().ifPresent(roots::add);
    }
    if (roots.isEmpty()) {
      return Optional.empty();
    }
    system.get().facts().root().ifPresent(roots::add);
    return Optional.of(new ListedRoots(roots));
  }

  boolean contain(long root) {
    return roots.contains(root);
  }
}
