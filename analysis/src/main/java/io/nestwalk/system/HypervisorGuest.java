package io.nestwalk.system;

import io.nestwalk.memory.Layer;
import io.nestwalk.memory.MemorySlot;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A virtual machine as its hypervisor's own structures describe it.
 *
 * @param hypervisor which one: "KVM"
 * @param name what the hypervisor's process calls it
 * @param pid of that process
 * @param object kernel address of what describes it: {@code struct kvm}
 * @param slots its physical memory in the process's virtual memory
 * @param memory its physical memory through the slots; empty where the process's tables are gone
 * @param cpus its CPUs
 * @param root host-physical address of its second-level tables, where the hypervisor has one for
 *     all CPUs (ARM64, RISC-V)
 * @param control the register value that says how these tables are walked (ARM64: VTCR_EL2)
 * @param seenBy how it was found
 */
public record HypervisorGuest(
    String hypervisor,
    String name,
    OptionalInt pid,
    long object,
    List<MemorySlot> slots,
    Optional<Layer> memory,
    List<HypervisorCpu> cpus,
    OptionalLong root,
    OptionalLong control,
    Set<String> seenBy) {

  /** Copies the lists. */
  public HypervisorGuest {
    slots = List.copyOf(slots);
    cpus = List.copyOf(cpus);
    seenBy = Set.copyOf(seenBy);
  }
}
