package io.nestwalk.control;

import io.nestwalk.image.Cpu;
import io.nestwalk.image.Memory;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.HostSaveDetector;
import io.nestwalk.roots.Root;
import io.nestwalk.roots.RootFinder;
import io.nestwalk.roots.VmcbDetector;
import io.nestwalk.roots.Vmcs;
import io.nestwalk.roots.VmcsDetector;
import io.nestwalk.roots.VmcsPage;
import io.nestwalk.roots.VmcsReader;
import io.nestwalk.survey.PageDetector.Scan;
import io.nestwalk.survey.Survey;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The control structures that evidence of an image's machines names, decoded. */
public final class ControlSearch {

  private final Machines machines;
  private final List<ControlStructure> found = new ArrayList<>();

  private ControlSearch(Machines machines) {
    this.machines = machines;
  }

  /** All of them: for each machine the structures in its memory, then its CPUs' registers. */
  public static List<ControlStructure> in(Machines machines) {
    ControlSearch search = new ControlSearch(machines);
    machines.all().forEach(search::inMachine);
    return List.copyOf(search.found);
  }

  private void inMachine(Machine holder) {
    Map<Long, String> vmcbs = new TreeMap<>();
    Map<Long, String> vmcses = new TreeMap<>();
    for (Machine guest : machines.all()) {
      if (guest.parent().filter(holder.id()::equals).isPresent()) {
        evidence(guest)
            .filter(each -> each.address() >= 0)
            .forEach(
                each -> {
                  switch (each.source()) {
                    case VMCB -> vmcbs.put(each.address(), guest.id());
                    case VMCS -> vmcses.put(each.address(), guest.id());
                    default -> {
                      // Others name no structure of the hardware's.
                    }
                  }
                });
      }
    }
    Memory memory = holder.physical();
    addVmcses(holder, vmcses);
    vmcbs.forEach(
        (address, guest) ->
            VmcbDetector.at(memory, address)
                .ifPresent(
                    _ ->
                        add(
                            "vmcb",
                            holder.id(),
                            address,
                            Optional.of(guest),
                            "AMD's manual",
                            FieldLayout.VMCB,
                            page(memory, address))));
    holder.roots().stream()
        .flatMap(root -> root.evidence().stream())
        .filter(each -> each.source() == Source.HOST_SAVE && each.address() >= 0)
        .map(Evidence::address)
        .distinct()
        .sorted()
        .filter(address -> HostSaveDetector.at(memory, address).isPresent())
        .forEach(
            address ->
                add(
                    "host-save",
                    holder.id(),
                    address,
                    Optional.empty(),
                    "the form of a VMCB's state, which processors seen so far have",
                    FieldLayout.HOST_SAVE,
                    page(memory, address)));
    holder.cpus().forEach(cpu -> addCpu(holder, cpu));
  }

  private static Stream<Evidence> evidence(Machine guest) {
    return Stream.concat(
        guest.secondLevel().evidence().stream(),
        guest.secondLevel().alternates().stream().map(Root::evidence).flatMap(List::stream));
  }

  private void addVmcses(Machine holder, Map<Long, String> guests) {
    if (guests.isEmpty()) {
      return;
    }
    Memory memory = holder.physical();
    Scan<VmcsPage> scan = new VmcsDetector().begin();
    guests.keySet().forEach(address -> scan.page(address, page(memory, address), 0));
    VmcsReader reader = new VmcsReader(memory, new RootFinder(memory, holder.architecture()));
    for (Vmcs vmcs : reader.read(scan.found())) {
      long address = vmcs.page().address();
      add(
          "vmcs",
          holder.id(),
          address,
          Optional.of(guests.get(address)),
          vmcs.layout(),
          layout(vmcs),
          page(memory, address));
    }
  }

  private static FieldLayout layout(Vmcs vmcs) {
    return switch (vmcs.layout()) {
      case "layout of KVM vmcs12" -> FieldLayout.VMCS12;
      case "layout of Hyper-V's enlightened VMCS" -> FieldLayout.ENLIGHTENED;
      default -> FieldLayout.of(vmcs.places());
    };
  }

  private void add(
      String kind,
      String holder,
      long address,
      Optional<String> guest,
      String how,
      FieldLayout layout,
      MemorySegment page) {
    found.add(
        new ControlStructure(
            kind,
            holder,
            address,
            guest,
            how,
            layout.fields(page, X86Meanings::of),
            layout.undecoded(page)));
  }

  private void addCpu(Machine machine, Cpu cpu) {
    List<ControlField> fields = new ArrayList<>();
    cpu.registers()
        .values()
        .forEach(
            (name, value) -> {
              if (RegisterMeanings.isControl(name)) {
                fields.add(
                    new ControlField(
                        name,
                        -1,
                        Long.BYTES,
                        value,
                        RegisterMeanings.of(cpu.architecture(), name, value)));
              }
            });
    if (!fields.isEmpty()) {
      found.add(
          new ControlStructure(
              "cpu",
              machine.id(),
              cpu.id(),
              Optional.empty(),
              "registers as machines and info have them",
              fields,
              0));
    }
  }

  /** A copy of a page; what is missing reads as zeros, and no structure is accepted of that. */
  private static MemorySegment page(Memory memory, long address) {
    MemorySegment page = MemorySegment.ofArray(new long[Survey.PAGE_SIZE / Long.BYTES]);
    memory.read(address, page);
    return page;
  }
}
