package io.nestwalk.search;

import io.nestwalk.machine.NamedHypervisor;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.roots.Evidence;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A second-level root that some source knows, and everything that the sources say of it. Gathers
 * while machines are looked for.
 */
final class GuestCandidate {

  private final SecondLevel.Kind kind;
  private final PagingMode mode;
  private final long root;
  private final List<Evidence> evidence = new ArrayList<>();
  private final List<VirtualCpu> cpus = new ArrayList<>();
  private Long pointer;
  private boolean controlled;
  private NamedHypervisor hypervisor;

  GuestCandidate(SecondLevel.Kind kind, PagingMode mode, long root) {
    this.kind = kind;
    this.mode = mode;
    this.root = root;
  }

  SecondLevel.Kind kind() {
    return kind;
  }

  PagingMode mode() {
    return mode;
  }

  long root() {
    return root;
  }

  /** The value that names the root, null while only the tables are known. */
  Long pointer() {
    return pointer;
  }

  List<Evidence> evidence() {
    return evidence;
  }

  List<VirtualCpu> cpus() {
    return cpus;
  }

  void add(Evidence more) {
    evidence.add(more);
  }

  void add(VirtualCpu cpu) {
    cpus.add(cpu);
  }

  void namedBy(long value) {
    if (pointer == null) {
      pointer = value;
    }
  }

  /** Whether something but the tables shows that the guest has CPUs. */
  boolean isControlled() {
    return controlled || !cpus.isEmpty();
  }

  /** Adds what says that Xen wrote the tables. */
  void addXen(Evidence more) {
    addHypervisor(NamedHypervisor.XEN, more);
  }

  /** Adds what says whose tables these are. */
  void addHypervisor(String name, Evidence more) {
    evidence.add(more);
    hypervisor = new NamedHypervisor(name, more);
  }

  /** Whether Xen wrote the tables. */
  boolean isXens() {
    return hypervisor != null && hypervisor.name().equals(NamedHypervisor.XEN);
  }

  /** Whose tables these are, where their form shows it. */
  Optional<NamedHypervisor> hypervisor() {
    return Optional.ofNullable(hypervisor);
  }

  /**
   * Something but the tables shows the guest: a CPU of the dump file was stopped inside, its
   * instruction in what the tables map, or the hypervisor's own structure names the root.
   */
  void setControlled() {
    controlled = true;
  }
}
