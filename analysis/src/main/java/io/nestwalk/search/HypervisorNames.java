package io.nestwalk.search;

import io.nestwalk.machine.Machine;
import io.nestwalk.machine.NamedHypervisor;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.Vmcs;
import io.nestwalk.system.GuestModule;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.GuestSystems;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Which hypervisor runs a guest that no record and no form of tables names: a thin one under its
 * own system, or the only one of which the host's system has a driver loaded.
 */
final class HypervisorNames {

  private static final String KVM = "KVM";
  private static final String HYPER_V = "Hyper-V";
  private static final String VMWARE = "VMware";
  private static final String VIRTUALBOX = "VirtualBox";

  /** Drivers by their names, without what stands behind a dot. */
  private static final Map<String, String> DRIVERS =
      Map.ofEntries(
          Map.entry("kvm", KVM),
          Map.entry("vboxdrv", VIRTUALBOX),
          Map.entry("vboxsup", VIRTUALBOX),
          Map.entry("vmmon", VMWARE),
          Map.entry("vmx86", VMWARE),
          Map.entry("jailhouse", "Jailhouse"),
          Map.entry("vid", HYPER_V),
          Map.entry("mshv_root", HYPER_V),
          Map.entry("intelhaxm", "HAXM"),
          Map.entry("vmm", "bhyve"));

  private HypervisorNames() {}

  /**
   * The name of a guest's hypervisor.
   *
   * @param host the machine that the guest runs on
   * @param vmcses the VMCSes in that machine's memory
   * @param systems know hypervisors by their images
   */
  static Optional<NamedHypervisor> of(
      Guest guest, Machine host, List<Vmcs> vmcses, GuestSystems systems) {
    return guest.isHostItself()
        ? thin(guest, vmcses)
        : byDriver(host).or(() -> byImage(host, systems));
  }

  /** A hypervisor in place of an operating system, whose image its own tables map. */
  private static Optional<NamedHypervisor> byImage(Machine host, GuestSystems systems) {
    return host.system().isPresent()
        ? Optional.empty()
        : systems
            .hypervisor(host.site())
            .map(
                image ->
                    new NamedHypervisor(
                        image.name(),
                        Evidence.of(
                            Source.CONTENT, -1, "%s: %s".formatted(host.id(), image.evidence()))));
  }

  private static Optional<NamedHypervisor> thin(Guest guest, List<Vmcs> vmcses) {
    for (VirtualCpu cpu : guest.cpus()) {
      if (guest.frames().guestOf(cpu.structure()).isPresent()) {
        String kind =
            vmcses.stream().anyMatch(vmcs -> vmcs.page().address() == cpu.structure())
                ? "VMCS"
                : "control block";
        return Optional.of(
            new NamedHypervisor(
                NamedHypervisor.THIN,
                Evidence.of(
                    Source.STRUCTURE,
                    cpu.structure(),
                    "its tables map nearly all addresses to themselves, the %s at 0x%x among them: it runs under the system in whose memory it is"
                        .formatted(kind, cpu.structure()))));
      }
    }
    return Optional.empty();
  }

  private static Optional<NamedHypervisor> byDriver(Machine host) {
    List<NamedHypervisor> all = new ArrayList<>();
    for (GuestModule module : host.system().map(GuestSystem::modules).orElse(List.of())) {
      String plain = module.name().toLowerCase(Locale.ROOT).replaceFirst("\\..*", "");
      String name = DRIVERS.get(plain);
      if (name != null) {
        all.add(
            new NamedHypervisor(
                name,
                Evidence.of(
                    Source.CONTENT,
                    -1,
                    "%s has its driver %s loaded, and no other hypervisor's"
                        .formatted(host.id(), module.name()))));
      }
    }
    boolean one = all.stream().map(NamedHypervisor::name).distinct().count() == 1;
    return one ? Optional.of(all.getFirst()) : Optional.empty();
  }

  /**
   * The hypervisor below a machine, by the form of the VMCSes that it gave the machine for guests
   * of its own.
   */
  static Optional<NamedHypervisor> below(List<Vmcs> vmcses) {
    for (Vmcs vmcs : vmcses) {
      if (vmcs.madeBy().isPresent()) {
        String text = "VMCS 0x%x: %s".formatted(vmcs.page().address(), vmcs.layout());
        return Optional.of(
            new NamedHypervisor(
                vmcs.madeBy().get(), Evidence.of(Source.VMCS, vmcs.page().address(), text)));
      }
    }
    return Optional.empty();
  }
}
