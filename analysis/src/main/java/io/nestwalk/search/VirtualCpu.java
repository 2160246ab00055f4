package io.nestwalk.search;

import static io.nestwalk.image.RegisterNames.CR3;

import io.nestwalk.image.Registers;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.system.HypervisorCpu;
import io.nestwalk.system.HypervisorGuest;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A guest's CPU as something in its host's memory describes it.
 *
 * @param structure the address of what describes it
 * @param what how users know that: "VMCB 0x1000"
 * @param source the kind of evidence that it is
 * @param registers the registers that it holds
 * @param again whether they are another level of privilege's state of a CPU that is described once
 *     already
 */
record VirtualCpu(long structure, String what, Source source, Registers registers, boolean again) {

  /** A CPU that is described once. */
  VirtualCpu(long structure, String what, Source source, Registers registers) {
    this(structure, what, source, registers, false);
  }

  /** The same, as another state of a CPU that is described already. */
  VirtualCpu asOtherState() {
    return new VirtualCpu(structure, what, source, registers, true);
  }

  /**
   * The CPUs of a guest as its hypervisor's structures have them. Where a control block of one is
   * among {@code known}, the two are one CPU: the hypervisor's registers, which it knows to be up
   * to date, go before those of the block. A hypervisor knows all CPUs of its guests: a block that
   * none of them names belongs to one whose block is not known, the one with its CR3 first of all,
   * or is left over.
   */
  static List<VirtualCpu> of(HypervisorGuest guest, List<VirtualCpu> known) {
    List<VirtualCpu> result = new ArrayList<>();
    List<VirtualCpu> rest = new ArrayList<>(known);
    if (guest.cpus().isEmpty()) {
      return rest;
    }
    List<Integer> without = new ArrayList<>();
    for (HypervisorCpu cpu : guest.cpus()) {
      String what = "virtual CPU %d at 0x%x".formatted(cpu.id(), cpu.object());
      VirtualCpu own = new VirtualCpu(cpu.object(), what, Source.HYPERVISOR, cpu.registers());
      for (Iterator<VirtualCpu> blocks = rest.iterator(); blocks.hasNext(); ) {
        VirtualCpu block = blocks.next();
        if (cpu.controlBlock().isPresent() && cpu.controlBlock().getAsLong() == block.structure) {
          blocks.remove();
          own = own.with(block);
        }
      }
      if (!isNamed(cpu, known)) {
        without.add(result.size());
      }
      result.add(own);
    }
    for (int at : without) {
      VirtualCpu own = result.get(at);
      int block =
          IntStream.range(0, rest.size())
              .filter(each -> rest.get(each).cr3() == own.cr3())
              .findFirst()
              .orElse(0);
      if (!rest.isEmpty()) {
        result.set(at, own.with(rest.remove(block)));
      }
    }
    return result;
  }

  private static boolean isNamed(HypervisorCpu cpu, List<VirtualCpu> known) {
    return known.stream()
        .anyMatch(
            block ->
                cpu.controlBlock().isPresent()
                    && cpu.controlBlock().getAsLong() == block.structure);
  }

  private long cr3() {
    return registers.get(CR3, 0);
  }

  private VirtualCpu with(VirtualCpu block) {
    Map<String, Long> values = new LinkedHashMap<>(block.registers.values());
    values.putAll(registers.values());
    boolean own = registers.get(CR3).isPresent();
    return new VirtualCpu(
        own ? structure : block.structure,
        own ? what : block.what,
        own ? source : block.source,
        new Registers(values),
        again);
  }
}
