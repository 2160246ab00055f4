package io.nestwalk.machine;

import static io.nestwalk.image.RegisterNames.CR4;
import static io.nestwalk.image.RegisterNames.EFER;

import io.nestwalk.image.Cpu;
import io.nestwalk.system.VirtualizationFact;
import io.nestwalk.system.VirtualizationFact.Feature;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether a machine supports hardware virtualization and uses it, as far as its dump shows. Unknown
 * is an answer.
 */
public final class Virtualization {

  private static final long CR4_VMXE = 1L << 13;
  private static final long EFER_SVME = 1L << 12;

  private final Map<Feature, List<VirtualizationFact>> facts = new EnumMap<>(Feature.class);

  private Virtualization() {}

  /** What the image shows of its host. */
  public static Virtualization of(Machines machines) {
    Virtualization result = new Virtualization();
    Machine host = machines.host();
    host.system().ifPresent(system -> system.virtualization().forEach(result::add));
    host.cpus().forEach(result::registers);
    for (Machine machine : machines.all()) {
      if (machine.parent().equals(Optional.of(host.id()))) {
        result.guest(machine);
      }
    }
    return result;
  }

  /** A hypervisor switches the extensions on in CR4 (Intel) or EFER (AMD) before it uses them. */
  private void registers(Cpu cpu) {
    long cr4 = cpu.registers().get(CR4, 0);
    if ((cr4 & CR4_VMXE) != 0) {
      String text = "CR4.VMXE is set on CPU %d (0x%x)".formatted(cpu.id(), cr4);
      add(new VirtualizationFact(Feature.VMX, true, true, text));
    }
    long efer = cpu.registers().get(EFER, 0);
    if ((efer & EFER_SVME) != 0) {
      String text = "EFER.SVME is set on CPU %d (0x%x)".formatted(cpu.id(), efer);
      add(new VirtualizationFact(Feature.SVM, true, true, text));
    }
  }

  private void guest(Machine guest) {
    SecondLevel second = guest.secondLevel();
    String root = second.root().map(r -> " at 0x%x".formatted(r.address())).orElse("");
    String what = "%s runs on %s tables%s".formatted(guest.id(), second.kind(), root);
    switch (second.kind()) {
      case EPT -> inUse(Feature.VMX, Feature.EPT, what);
      case NPT -> inUse(Feature.SVM, Feature.NPT, what);
      case STAGE2 -> add(new VirtualizationFact(Feature.STAGE2, true, true, what));
      case GSTAGE -> add(new VirtualizationFact(Feature.GSTAGE, true, true, what));
      case SHADOW -> {
        add(new VirtualizationFact(Feature.SVM, true, true, what));
        add(new VirtualizationFact(Feature.NPT, true, false, what));
      }
      case P2M, SLOTS, NONE -> {
        // Shows a hypervisor, not of what it uses.
      }
    }
  }

  private void inUse(Feature mode, Feature tables, String what) {
    add(new VirtualizationFact(mode, true, true, what));
    add(new VirtualizationFact(tables, true, true, what));
  }

  private void add(VirtualizationFact fact) {
    facts.computeIfAbsent(fact.feature(), feature -> new ArrayList<>()).add(fact);
  }

  /**
   * Whether the processor has the feature; empty when nothing shows it. What is in use is there.
   */
  public Optional<Boolean> supported(Feature feature) {
    List<VirtualizationFact> all = evidence(feature);
    if (all.stream().anyMatch(VirtualizationFact::value)) {
      return Optional.of(true);
    }
    return all.stream().filter(fact -> !fact.use()).findFirst().map(VirtualizationFact::value);
  }

  /** Whether the feature is in use; empty when nothing shows it. */
  public Optional<Boolean> enabled(Feature feature) {
    List<VirtualizationFact> use =
        evidence(feature).stream().filter(VirtualizationFact::use).toList();
    if (use.isEmpty()) {
      // What the processor does not have nobody uses.
      return supported(feature).filter(supported -> !supported);
    }
    return Optional.of(use.stream().anyMatch(VirtualizationFact::value));
  }

  /** All facts about a feature. */
  public List<VirtualizationFact> evidence(Feature feature) {
    return facts.getOrDefault(feature, List.of());
  }
}
