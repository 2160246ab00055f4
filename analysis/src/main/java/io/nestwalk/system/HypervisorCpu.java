package io.nestwalk.system;

import io.nestwalk.image.Registers;
import java.util.OptionalLong;

/**
 * A guest's CPU as its hypervisor's own structures describe it.
 *
 * @param id its number
 * @param object kernel address of what describes it: {@code struct kvm_vcpu}
 * @param registers the guest's registers that the hypervisor held when the image was taken; those
 *     that it knew to be out of date are left out
 * @param root host-physical address of the tables that the CPU ran on: nested or shadow
 * @param direct whether these tables map guest-physical addresses; shadow tables map the guest's
 *     virtual ones
 * @param controlBlock host-physical address of the CPU's VMCB or VMCS
 */
public record HypervisorCpu(
    int id,
    long object,
    Registers registers,
    OptionalLong root,
    boolean direct,
    OptionalLong controlBlock) {}
