package io.nestwalk.linux;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Registers;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.RadixTree;
import io.nestwalk.system.HypervisorCpu;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.StructLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The CPUs of a virtual machine: {@code struct kvm_vcpu} (include/linux/kvm_host.h) with {@code
 * struct kvm_vcpu_arch} (asm/kvm_host.h of each architecture).
 */
final class KvmCpus {

  private static final int MAX_CPUS = 1 << 13;

  /** enum kvm_reg of x86: the order of encoding, then the instruction pointer. */
  private static final String[] X86_REGISTERS = {
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
    "r14", "r15", "rip"
  };

  private static final String[] ARM_SYSTEM_REGISTERS = {
    "TTBR0_EL1", "TTBR1_EL1", "TCR_EL1", "SCTLR_EL1", "MAIR_EL1", "VBAR_EL1", "CONTEXTIDR_EL1"
  };

  private final Kernel kernel;
  private final KernelTypes types;

  /** The types of what wraps {@code kvm_vcpu} on Intel and AMD. */
  private final List<KernelTypes> vendors;

  private final Architecture architecture;
  private final StructLayout vcpu;

  /** Which bit tells of a register, for those that were asked for. */
  private final Map<String, OptionalLong> bits = new HashMap<>();

  KvmCpus(Kernel kernel, KernelTypes types, List<KernelTypes> vendors) {
    this.kernel = kernel;
    this.types = types;
    this.vendors = vendors;
    architecture = kernel.tables().mode().architecture();
    vcpu = types.struct("kvm_vcpu");
  }

  List<HypervisorCpu> of(long kvm) {
    List<HypervisorCpu> cpus = new ArrayList<>();
    StructLayout layout = types.struct("kvm");
    Optional<Field> tree = layout.find("vcpu_array");
    if (tree.isPresent()) {
      new RadixTree(kernel)
          .forEach(
              "CPUs of kvm 0x%x".formatted(kvm),
              tree.get().at(kvm),
              at -> {
                add(at, cpus);
                return cpus.size() < MAX_CPUS;
              });
    } else {
      Field array = layout.field("vcpus");
      for (int i = 0; i < Math.min(array.count(), MAX_CPUS); i++) {
        long at = kernel.pointer(array.at(kvm, i));
        if (at != 0) {
          add(at, cpus);
        }
      }
    }
    return cpus;
  }

  private void add(long at, List<HypervisorCpu> cpus) {
    if (!kernel.isReadable(at)) {
      kernel.warnings().add("no kvm_vcpu at 0x%x".formatted(at));
      return;
    }
    int id = (int) kernel.value(vcpu.field("vcpu_id"), at);
    cpus.add(
        switch (architecture) {
          case X86, X86_64 -> x86(id, at);
          case AARCH64 ->
              new HypervisorCpu(
                  id, at, armRegisters(at), OptionalLong.empty(), true, OptionalLong.empty());
          case RISCV64 ->
              new HypervisorCpu(
                  id, at, riscvRegisters(at), OptionalLong.empty(), true, OptionalLong.empty());
        });
  }

  private HypervisorCpu x86(int id, long at) {
    long mmu = kernel.value(vcpu.field("arch.mmu"), at);
    StructLayout layout = types.struct("kvm_mmu");
    OptionalLong root = OptionalLong.empty();
    boolean direct = false;
    if (kernel.isReadable(mmu)) {
      long value = kernel.value(layout.firstOf("root.hpa", "root_hpa"), mmu);
      // INVALID_PAGE and a dummy root mean that the CPU has none at the moment.
      root = value > 0 ? OptionalLong.of(value) : root;
      direct =
          kernel.value(
                  layout.firstOf("root_role.direct", "mmu_role.base.direct", "direct_map"), mmu)
              != 0;
    }
    return new HypervisorCpu(id, at, x86Registers(at), root, direct, controlBlock(at));
  }

  private Registers x86Registers(long at) {
    Map<String, Long> values = new LinkedHashMap<>();
    Optional<Field> available = vcpu.find("arch.regs_avail");
    long held = available.isPresent() ? kernel.value(available.get(), at) : -1;
    for (String name : List.of("cr0", "cr2", "cr3", "cr4", "efer")) {
      Optional<Field> field = vcpu.find("arch." + name);
      if (field.isPresent() && isHeld(name, held)) {
        values.put(name, kernel.value(field.get(), at));
      }
    }
    Field general = vcpu.field("arch.regs");
    for (int i = 0; i < Math.min(general.count(), X86_REGISTERS.length); i++) {
      if ((held >>> i & 1) != 0) {
        values.put(X86_REGISTERS[i], kernel.pointer(general.at(at, i)));
      }
    }
    return new Registers(values);
  }

  /** KVM reads some registers from the VMCS only when it needs them, and notes which it has. */
  private boolean isHeld(String name, long held) {
    OptionalLong bit =
        bits.computeIfAbsent(
            name, each -> types.constant("VCPU_EXREG_" + each.toUpperCase(Locale.ROOT)));
    return bit.isEmpty()
        || bit.getAsLong() < 0
        || bit.getAsLong() >= Integer.SIZE
        || (held >>> bit.getAsLong() & 1) != 0;
  }

  private OptionalLong controlBlock(long at) {
    for (KernelTypes vendor : vendors) {
      Optional<StructLayout> amd = vendor.find("vcpu_svm");
      if (amd.isPresent()) {
        long wrapper = at - amd.get().field("vcpu").offset();
        long block = kernel.value(amd.get().firstOf("vmcb01.pa", "vmcb_pa"), wrapper);
        return block > 0 ? OptionalLong.of(block) : OptionalLong.empty();
      }
      Optional<StructLayout> intel = vendor.find("vcpu_vmx");
      if (intel.isPresent()) {
        long wrapper = at - intel.get().field("vcpu").offset();
        long loaded = kernel.value(intel.get().field("loaded_vmcs"), wrapper);
        long vmcs = kernel.value(vendor.field("loaded_vmcs", "vmcs"), loaded);
        return kernel.isReadable(vmcs) ? kernel.physicalOf(vmcs) : OptionalLong.empty();
      }
    }
    return OptionalLong.empty();
  }

  /** As of the last exit: asm/kvm_host.h of RISC-V, {@code struct kvm_vcpu_arch}. */
  private Registers riscvRegisters(long at) {
    Map<String, Long> values = new LinkedHashMap<>();
    putIfThere(values, "pc", "arch.guest_context.sepc", at);
    putIfThere(values, "x2", "arch.guest_context.sp", at);
    putIfThere(values, "satp", "arch.guest_csr.vsatp", at);
    return new Registers(values);
  }

  private void putIfThere(Map<String, Long> values, String register, String member, long at) {
    vcpu.find(member).ifPresent(field -> values.put(register, kernel.value(field, at)));
  }

  private Registers armRegisters(long at) {
    Map<String, Long> values = new LinkedHashMap<>();
    Field general = vcpu.field("arch.ctxt.regs.regs");
    for (int i = 0; i < Math.min(general.count(), 31); i++) {
      values.put("x" + i, kernel.pointer(general.at(at, i)));
    }
    for (String name : List.of("sp", "pc", "pstate")) {
      values.put(name, kernel.value(vcpu.field("arch.ctxt.regs." + name), at));
    }
    Field system = vcpu.field("arch.ctxt.sys_regs");
    for (String name : ARM_SYSTEM_REGISTERS) {
      OptionalLong index = types.constant(name);
      if (index.isPresent() && index.getAsLong() > 0 && index.getAsLong() < system.count()) {
        values.put(
            name.toLowerCase(java.util.Locale.ROOT),
            kernel.pointer(system.at(at, index.getAsLong())));
      }
    }
    return new Registers(values);
  }
}
