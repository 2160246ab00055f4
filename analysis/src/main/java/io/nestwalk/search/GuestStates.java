package io.nestwalk.search;

import static io.nestwalk.image.RegisterNames.CR3;

import io.nestwalk.image.Cpu;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.MachineState;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.Vmcs;
import io.nestwalk.system.GuestModule;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.GuestSystem.Subject;
import io.nestwalk.system.HypervisorGuest;
import io.nestwalk.wording.Count;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Decides which guests of a machine run, and which have ended and left their tables behind: those
 * that no register names and that the machine's own hypervisor does not know, or whose pages it has
 * given to others since.
 */
final class GuestStates {

  private static final String KVM = "kvm";

  /** Modules of Linux of other hypervisors, which KVM does not know the guests of. */
  private static final Set<String> OTHERS =
      Set.of("vboxdrv", "vmmon", "jailhouse", "haxm", "mshv", "mshv_root");

  private final Machine host;
  private final List<Guest> guests;
  private final List<Vmcs> vmcses;
  private final ReusedPages reused;
  private final List<Cpu> unclaimed;
  private final XenDomains xen;
  private final Optional<GuestSystem> system;
  private final HypervisorRecords records;
  private Optional<ListedRoots> listed;

  /**
   * Rules for the guests of one machine.
   *
   * @param host the machine
   * @param guests all its guests, joined with what its hypervisor knows
   * @param records what the systems in its memory know
   * @param vmcses the VMCSes in its memory
   * @param reused shows whether it gave a guest's pages to others
   * @param unclaimed CPUs of the dump file that are not its own
   * @param xen Xen's domains on it
   */
  GuestStates(
      Machine host,
      List<Guest> guests,
      HypervisorRecords records,
      List<Vmcs> vmcses,
      ReusedPages reused,
      List<Cpu> unclaimed,
      XenDomains xen) {
    this.host = host;
    this.xen = xen;
    this.guests = List.copyOf(guests);
    this.records = records;
    this.vmcses = List.copyOf(vmcses);
    this.reused = reused;
    this.unclaimed = List.copyOf(unclaimed);
    system = host.system();
  }

  /** All guests with their states, those that have ended last. */
  List<JudgedGuest> all() {
    List<JudgedGuest> known = new ArrayList<>();
    List<JudgedGuest> stale = new ArrayList<>();
    for (Guest guest : guests) {
      Optional<MachineState> state = of(guest);
      if (state.filter(MachineState::isStale).isPresent()) {
        stale.add(new JudgedGuest(marked(guest, state.get()), state));
      } else {
        known.add(new JudgedGuest(guest, state));
      }
    }
    known.addAll(stale);
    return List.copyOf(known);
  }

  /** A guest's state; empty where nothing shows it. */
  private Optional<MachineState> of(Guest guest) {
    return named(guest)
        .or(() -> guest.inHypervisor().map(this::recorded))
        .or(() -> xen.stateOf(guest))
        .or(() -> guest.isHostItself() ? Optional.empty() : ended(guest));
  }

  /** Whether a register of the dump file names its root or a control structure of it. */
  static Optional<MachineState> named(Guest guest) {
    return guest.secondLevel().root().stream()
        .flatMap(root -> root.evidence().stream())
        .filter(evidence -> evidence.source() == Source.CPU_REGISTER)
        .findFirst()
        .map(MachineState::running);
  }

  private MachineState recorded(HypervisorGuest view) {
    if (records.isLeft(view)) {
      return MachineState.stopped(record(view, "%s of a kernel that runs no more has it at 0x%x"));
    }
    if (view.cpus().isEmpty()) {
      return MachineState.stopped(record(view, "%s has it at 0x%x, without a virtual CPU"));
    }
    if (view.pid().isEmpty()) {
      return MachineState.stopped(record(view, "%s has it at 0x%x, but no listed process runs it"));
    }
    return MachineState.running(record(view, "%s has it at 0x%x, with virtual CPUs"));
  }

  private static Evidence record(HypervisorGuest view, String text) {
    return Evidence.of(
        Source.HYPERVISOR, view.object(), text.formatted(view.hypervisor(), view.object()));
  }

  private Optional<MachineState> ended(Guest guest) {
    Optional<Evidence> why =
        unlisted(guest)
            .or(() -> ofDeadProcess(guest))
            .or(() -> reused.in(guest))
            .or(() -> unowned(guest));
    if (why.isEmpty()) {
      return Optional.empty();
    }
    for (Cpu cpu : unclaimed) {
      if (guest.scope().runs(cpu)) {
        String text = "CPU %d was stopped inside".formatted(cpu.id());
        return Optional.of(MachineState.running(Evidence.of(Source.CPU_REGISTER, -1, text)));
      }
    }
    return why.map(MachineState::stale);
  }

  /** Whether the machine's own hypervisor, whose records are read, lacks the guest. */
  private Optional<Evidence> unlisted(Guest guest) {
    if (system.isEmpty() || system.get().unknown().contains(Subject.VIRTUAL_MACHINES)) {
      return Optional.empty();
    }
    List<HypervisorGuest> known = records.own();
    if (known.isEmpty()) {
      return isIdle(system.get())
          ? Optional.of(against("KVM of %s runs no machine".formatted(host.id())))
          : Optional.empty();
    }
    // A guest that runs a guest of its own is on other tables meanwhile: its record names those.
    boolean maybeItself =
        guests.stream()
            .filter(other -> other.secondLevel().kind() == SecondLevel.Kind.SLOTS)
            .anyMatch(
                other ->
                    guest.frames().isMostlyInside(other.frames())
                        || other.frames().isMostlyInside(guest.frames()));
    return maybeItself
        ? Optional.empty()
        : Optional.of(
            against(
                "of the %s that %s of %s runs none has this root or its control blocks"
                    .formatted(
                        Count.of(known.size(), "machine"),
                        known.getFirst().hypervisor(),
                        host.id())));
  }

  /** Whether KVM is there, its list was read, and no other hypervisor may run machines. */
  private static boolean isIdle(GuestSystem system) {
    List<String> modules = system.modules().stream().map(GuestModule::name).toList();
    return modules.contains(KVM)
        && modules.stream().noneMatch(OTHERS::contains)
        && system.warnings().stream().noneMatch(line -> line.contains("virtual machines"));
  }

  /** Whether all its VMCSes go back to processes that are no more. */
  private Optional<Evidence> ofDeadProcess(Guest guest) {
    List<Long> roots =
        guest.cpus().stream()
            .flatMap(
                cpu -> vmcses.stream().filter(vmcs -> vmcs.page().address() == cpu.structure()))
            .flatMap(vmcs -> vmcs.host().get(CR3).stream().boxed())
            .map(cr3 -> cr3 & ReusedPages.ADDRESS)
            .toList();
    if (roots.isEmpty()
        || roots.size() < guest.cpus().size()
        || !roots.stream().allMatch(reused::isRootOfHost)) {
      return Optional.empty();
    }
    if (listed == null) {
      listed = ListedRoots.of(host);
    }
    return listed
        .filter(known -> roots.stream().noneMatch(known::contain))
        .map(
            known ->
                against(
                    "its VMCS goes back to 0x%x, a root that no process of %s has"
                        .formatted(roots.getFirst(), host.id())));
  }

  /** Whether Xen's frame table has owners for the pages of other guests, and none for its. */
  private Optional<Evidence> unowned(Guest guest) {
    return guests.stream().anyMatch(other -> xen.stateOf(other).isPresent())
            && xen.stateOf(guest).isEmpty()
        ? Optional.of(against("Xen's frame table gives its pages to no domain"))
        : Optional.empty();
  }

  private static Evidence against(String text) {
    return Evidence.against(Source.HYPERVISOR, -1, text);
  }

  /** A guest that has ended, marked so in its second level. */
  private static Guest marked(Guest guest, MachineState state) {
    SecondLevel level =
        guest.secondLevel().with(state.evidence(), guest.secondLevel().crossCheck());
    return new Guest(guest.scope(), level, guest.frames(), guest.cpus(), guest.inHypervisor());
  }
}
