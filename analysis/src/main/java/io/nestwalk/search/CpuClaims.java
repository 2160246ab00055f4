package io.nestwalk.search;

import static io.nestwalk.image.RegisterNames.CR3;

import io.nestwalk.image.Cpu;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.roots.CpuState;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.FirstStage;
import io.nestwalk.roots.RegisterClue.Kind;
import io.nestwalk.roots.Root;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which CPUs are one machine's own, and which roots their registers name.
 *
 * <p>The dump file's registers may be this machine's or a guest's, and nothing in the file says so;
 * a CPU is claimed when its root and its instruction make sense here.
 */
final class CpuClaims {

  private final SearchContext context;
  private final List<Cpu> cpus = new ArrayList<>();

  /** Those among them that are the dump file's, each only itself. */
  private final Set<Cpu> ofFile = Collections.newSetFromMap(new IdentityHashMap<>());

  private final List<Root> roots = new ArrayList<>();
  private int inFile;

  CpuClaims(SearchContext context) {
    this.context = context;
  }

  /** The machine's CPUs, as far as they are known. */
  List<Cpu> cpus() {
    return cpus;
  }

  /** Roots that registers name, those of the dump file's CPUs first. */
  List<Root> roots() {
    return roots;
  }

  /**
   * Takes those CPUs of the dump file out of {@code unclaimed} whose registers make sense here.
   *
   * @param shadowRoots roots in this machine's memory that belong to a guest all the same
   * @param alone whether no guest is known whose CPUs these could be
   */
  void claim(List<Cpu> unclaimed, Set<Long> shadowRoots, boolean alone) {
    inFile = unclaimed.size();
    for (Iterator<Cpu> left = unclaimed.iterator(); left.hasNext(); ) {
      Cpu cpu = left.next();
      List<Root> named =
          FirstStage.of(cpu.architecture()).rootsOf(CpuState.of(cpu), context.finder());
      if (named.isEmpty()) {
        named = context.isa().likelyRoots(cpu, context, alone);
      }
      if (!named.isEmpty() && !shadowRoots.contains(named.getFirst().address())) {
        left.remove();
        claimed(cpu);
        roots.addAll(named);
      } else if (cpu.registers().get(CR3).isPresent()) {
        context.tried(
            "CPU %d's CR3 0x%x is no root here: %s"
                .formatted(
                    cpu.id(),
                    cpu.registers().get(CR3, 0),
                    !named.isEmpty()
                        ? "it is a guest's shadow root"
                        : "it does not map the CPU's instruction"));
      }
    }
  }

  /** Takes CPUs that were stopped inside this machine, whose shadow root is in their CR3. */
  void claimShadowed(SecondLevel shadow, List<Cpu> unclaimed) {
    Root root = shadow.root().orElseThrow();
    for (Iterator<Cpu> left = unclaimed.iterator(); left.hasNext(); ) {
      Cpu cpu = left.next();
      if (root.mode().rootOf(cpu.registers().get(CR3, 0)) == root.address()) {
        left.remove();
        claimed(cpu);
      }
    }
  }

  private void claimed(Cpu cpu) {
    cpus.add(cpu);
    ofFile.add(cpu);
  }

  /**
   * Adds what the hypervisor below and control structures in this machine's memory say of its CPUs.
   * A CPU of the dump file that was claimed already is one of these, with younger registers.
   */
  void fromMemory(List<VirtualCpu> virtualCpus) {
    List<VirtualCpu> described = new ArrayList<>(virtualCpus);
    described.addAll(context.isa().cpusInMemory(context));
    context.clues().cpus().stream()
        .filter(cpu -> !ofFile.contains(cpu))
        .forEach(
            cpu ->
                roots.addAll(
                    FirstStage.of(cpu.architecture())
                        .hostRootsOf(CpuState.of(cpu), context.finder())));
    // A guest's own VMCBs and VMCSes describe the CPUs that its host knows already.
    int own = (int) virtualCpus.stream().filter(cpu -> !cpu.again()).count();
    int count = own == 0 ? inFile : own;
    int limit = count > 0 ? count : described.size();
    int claimed = cpus.size();
    for (VirtualCpu cpu : described) {
      List<Root> named = rootsOf(cpu);
      if (named.isEmpty()) {
        cpu.registers()
            .get(CR3)
            .ifPresent(
                cr3 -> context.tried("%s: CR3 0x%x is no root here".formatted(cpu.what(), cr3)));
        continue;
      }
      roots.addAll(named);
      if (claimed > 0) {
        claimed--;
      } else if (cpus.size() < limit) {
        cpus.add(new Cpu(cpus.size(), context.isa().architecture(), cpu.registers()));
      }
    }
  }

  private List<Root> rootsOf(VirtualCpu cpu) {
    CpuState state = new CpuState(cpu.registers(), cpu.source(), cpu.structure(), cpu.what());
    List<Root> named = context.finder().rootsOf(state);
    if (named.isEmpty()) {
      named = context.isa().rootsByForm(state, context);
    }
    Optional<Evidence> naming =
        cpu.source() == Source.HOST_SAVE
            ? context.clues().naming(Kind.HOST_SAVE, cpu.structure())
            : Optional.empty();
    List<Root> known = named;
    return naming
        .map(evidence -> known.stream().map(root -> root.with(evidence)).toList())
        .orElse(known);
  }
}
