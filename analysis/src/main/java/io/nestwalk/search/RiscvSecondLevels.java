package io.nestwalk.search;

import io.nestwalk.image.Memory;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.HierarchyExaminer;
import io.nestwalk.roots.RegisterClue;
import io.nestwalk.roots.RegisterClue.Kind;
import io.nestwalk.roots.RiscvControl;
import io.nestwalk.roots.Shape;
import io.nestwalk.roots.TopTables;
import io.nestwalk.system.HypervisorGuest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The guest stage on RISC-V: from hgatp where the dump has it, from the hypervisor's own record,
 * and from the form of tables. Its root has 16 KiB and its leaves all allow user mode.
 */
final class RiscvSecondLevels implements SecondLevelSearch {

  private final SearchContext context;
  private final Memory memory;
  private final List<Long> tables;
  private final List<HierarchyExaminer> examiners;

  /** A search in one machine. */
  RiscvSecondLevels(SearchContext context) {
    this.context = context;
    memory = context.memory();
    tables = context.sightings().tables();
    examiners =
        RiscvControl.guestStages().stream()
            .map(mode -> new HierarchyExaminer(mode, memory))
            .toList();
  }

  @Override
  public List<GuestCandidate> candidates() {
    List<GuestCandidate> candidates = new ArrayList<>();
    Set<Long> roots = new HashSet<>();
    for (List<RegisterClue> agreeing : context.clues().of(Kind.GUEST_STAGE)) {
      named(agreeing).filter(found -> roots.add(found.root())).ifPresent(candidates::add);
    }
    int threads = context.finder().threads();
    for (TopTables.Top top : TopTables.among(tables, examiners, threads)) {
      if (roots.add(top.address())) {
        candidates.add(candidate(top.mode(), top.address(), top.shape()));
      }
    }
    return candidates;
  }

  /** A root that hgatp holds, in the mode that it says. */
  private Optional<GuestCandidate> named(List<RegisterClue> agreeing) {
    RegisterClue clue = agreeing.getFirst();
    Optional<PagingMode> mode = RiscvControl.guestStage(clue.value());
    if (mode.isEmpty()) {
      context.tried(clue + ": no mode of a guest stage");
      return Optional.empty();
    }
    long root = mode.get().rootAt(RiscvControl.root(clue.value()));
    Shape shape = examiner(mode.get()).examine(root);
    if (!shape.isPlausible()) {
      context.tried("%s: no %s tables there".formatted(clue, mode.get()));
      return Optional.empty();
    }
    GuestCandidate candidate = new GuestCandidate(SecondLevel.Kind.GSTAGE, mode.get(), root);
    candidate.namedBy(clue.value());
    candidate.add(
        RegisterClues.evidence(
            agreeing, ": VMID %d".formatted(RiscvControl.virtualMachine(clue.value()))));
    candidate.add(structure(mode.get(), root, shape));
    return Optional.of(candidate);
  }

  /**
   * The root that the hypervisor's structure for a machine holds ({@code struct
   * kvm_arch.pgd_phys}). KVM has one mode for all machines, and keeps it apart; the tables show it.
   *
   * @return empty when it holds none, or none with tables that map anything
   */
  @Override
  public Optional<GuestCandidate> namedBy(HypervisorGuest view) {
    if (view.root().isEmpty()) {
      return Optional.empty();
    }
    long root = view.root().getAsLong();
    Optional<TopTables.Top> top =
        TopTables.best(
            root, examiners.stream().filter(each -> each.mode().rootAt(root) == root).toList());
    if (top.isEmpty()) {
      context.tried(
          "the hypervisor's structure at 0x%x names 0x%x: no tables of a guest stage there"
              .formatted(view.object(), root));
      return Optional.empty();
    }
    GuestCandidate candidate = candidate(top.get().mode(), root, top.get().shape());
    candidate.setControlled();
    return Optional.of(candidate);
  }

  private HierarchyExaminer examiner(PagingMode mode) {
    return examiners.stream()
        .filter(each -> each.mode().name().equals(mode.name()))
        .findFirst()
        .orElseThrow();
  }

  private static GuestCandidate candidate(PagingMode mode, long root, Shape shape) {
    GuestCandidate candidate = new GuestCandidate(SecondLevel.Kind.GSTAGE, mode, root);
    candidate.add(structure(mode, root, shape));
    return candidate;
  }

  private static Evidence structure(PagingMode mode, long root, Shape shape) {
    return Evidence.of(Source.STRUCTURE, root, "well-formed %s tables: %s".formatted(mode, shape));
  }
}
