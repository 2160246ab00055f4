package io.nestwalk.machine;

import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Root;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How a machine's guest-physical memory is mapped to its host's memory.
 *
 * @param kind by which means
 * @param root the tables' root in the host's physical memory; empty for the kinds without tables
 * @param pointer the register or field value that names the root (EPTP, nCR3), empty when only the
 *     tables themselves are known
 * @param mappedBytes how much guest-physical memory the tables map
 * @param alternates other roots whose tables map mostly the same pages: an older copy, or what a
 *     hypervisor switches to
 * @param crossCheck the tables against the hypervisor's memory slots, where both are known
 * @param identity whether the tables map nearly all addresses to themselves, and whose system runs
 *     behind them then
 * @param hypervisor which hypervisor runs the machine, where that is known
 */
public record SecondLevel(
    Kind kind,
    Optional<Root> root,
    Optional<Long> pointer,
    long mappedBytes,
    List<Root> alternates,
    Optional<CrossCheck> crossCheck,
    Identity identity,
    Optional<NamedHypervisor> hypervisor) {

  /** The machine runs on nothing but itself, as far as the dump shows. */
  public static final SecondLevel NONE =
      new SecondLevel(
          Kind.NONE,
          Optional.empty(),
          Optional.empty(),
          0,
          List.of(),
          Optional.empty(),
          Identity.NONE,
          Optional.empty());

  /** Copies the list. */
  public SecondLevel {
    alternates = List.copyOf(alternates);
  }

  /** Whether second-level tables map nearly all addresses to themselves. */
  public enum Identity {
    /** They do not: the machine has a memory of its own. */
    NONE,
    /**
     * They do, for a hypervisor that is a system of its own lends nearly all of the machine's
     * memory to the first system that it runs, as Hyper-V does to its root partition.
     */
    OTHER_SYSTEM,
    /** They do, and the parent's own system runs behind them: a hypervisor was slipped under it. */
    SAME_SYSTEM
  }

  /** By which means guest-physical memory is mapped. */
  public enum Kind {
    /** Intel's extended page tables. */
    EPT("ept"),
    /** AMD's nested page tables. */
    NPT("npt"),
    /** ARM's stage 2 tables. */
    STAGE2("stage2"),
    /** RISC-V's guest stage. */
    GSTAGE("gstage"),
    /** Tables that the hypervisor keeps in step with the guest's own, guest-virtual to host. */
    SHADOW("shadow"),
    /** A paravirtualized guest of Xen: its own tables are the machine's, it has a list of pages. */
    P2M("p2m"),
    /** The hypervisor's memory slots alone. */
    SLOTS("slots"),
    /** Not a guest. */
    NONE("none");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    /** The name in answers. */
    @Override
    public String toString() {
      return label;
    }
  }

  /** What speaks for the root and against it. */
  public List<Evidence> evidence() {
    return root.map(Root::evidence).orElse(List.of());
  }

  /** The same with one more root whose tables map mostly the same pages. */
  public SecondLevel withAlternate(Root other) {
    List<Root> all = new ArrayList<>(alternates);
    all.add(other);
    return new SecondLevel(kind, root, pointer, mappedBytes, all, crossCheck, identity, hypervisor);
  }

  /** The same, run by a hypervisor that something else names; what its tables show goes before. */
  public SecondLevel namedBy(Optional<NamedHypervisor> name) {
    return runBy(hypervisor.or(() -> name));
  }

  /** The same, which its hypervisor calls by a name. */
  SecondLevel called(String name) {
    return runBy(hypervisor.map(known -> known.calling(name)));
  }

  private SecondLevel runBy(Optional<NamedHypervisor> known) {
    return new SecondLevel(
        kind, root, pointer, mappedBytes, alternates, crossCheck, identity, known);
  }

  /** The same with what the hypervisor's own records add. */
  public SecondLevel with(Evidence evidence, Optional<CrossCheck> checked) {
    return new SecondLevel(
        kind,
        root.map(known -> known.with(evidence)),
        pointer,
        mappedBytes,
        alternates,
        checked,
        identity,
        hypervisor);
  }
}
