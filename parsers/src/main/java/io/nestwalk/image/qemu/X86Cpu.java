package io.nestwalk.image.qemu;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.LongMode;
import io.nestwalk.image.PiecedFile;
import io.nestwalk.image.Registers;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The section {@code cpu} of an x86 machine (QEMU's target/i386/machine.c, vmstate_x86_cpu) as
 * registers.
 *
 * <p>Beyond the CPU's own registers it tells how it runs guests. {@code vm_hsave}, {@code vm_vmcb}
 * and {@code nested_cr3} are an emulated CPU's (TCG): the host save area, the VMCB that runs, and
 * the nested root while the guest does. Under KVM the state comes from the kernel (struct
 * kvm_nested_state): {@code vmxon}, {@code vmcs12} (physical addresses) and {@code nested_eptp}
 * from the guest's VMCS, or {@code vm_vmcb} and {@code nested_cr3} from its VMCB.
 */
final class X86Cpu {

  private static final List<String> GENERAL =
      List.of("rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi");

  private static final List<String> SEGMENTS = List.of("es", "cs", "ss", "ds", "fs", "gs");

  /** Registers that are one field each. */
  private static final Map<String, String> SINGLE = singleFields();

  private static final String NESTED = "env.nested_state.";

  /** Offsets in KVM's struct vmcs12, which is frozen (arch/x86/kvm/vmx/vmcs12.h). */
  private static final long VMCS12_REVISION = 0x11e57ed0;

  private static final int VMCS12_EPT_POINTER = 120;

  /** The secondary controls, whose bit 1 switches EPT on. */
  private static final int VMCS12_SECONDARY_CONTROLS = 804;

  private static final int ENABLE_EPT = 1 << 1;

  /** Offsets in a VMCB (AMD manual volume 2, appendix B). */
  private static final int VMCB_NP_ENABLE = 0x90;

  private static final int VMCB_NCR3 = 0xb0;

  /** The size of a VMCS and of a VMCB in KVM's nested state. */
  private static final int PAGE = 4096;

  private X86Cpu() {}

  /** Whether the section is that of an x86 CPU. */
  static boolean describes(Section section) {
    return section.fields().stream().anyMatch(field -> field.name().equals("env.cr[3]"));
  }

  static Cpu read(int id, DeviceState state, PiecedFile stream) throws ImageException {
    Map<String, Long> values = new LinkedHashMap<>();
    for (int i = 0; state.has("env.regs[%d]".formatted(i)); i++) {
      values.put(i < 8 ? GENERAL.get(i) : "r" + i, state.get("env.regs[%d]".formatted(i), 0));
    }
    SINGLE.forEach(
        (field, register) -> {
          if (state.has(field)) {
            values.put(register, state.get(field, 0));
          }
        });
    for (int i = 0; i < SEGMENTS.size(); i++) {
      segment(values, SEGMENTS.get(i), state, "env.segs[%d]".formatted(i));
    }
    segment(values, "ldt", state, "env.ldt");
    segment(values, "tr", state, "env.tr");
    table(values, "gdt", state, "env.gdt");
    table(values, "idt", state, "env.idt");
    nestedVmx(values, state, stream);
    nestedSvm(values, state, stream);
    Registers registers = new Registers(values);
    boolean longMode = LongMode.of(registers) == LongMode.Answer.YES;
    return new Cpu(id, longMode ? Architecture.X86_64 : Architecture.X86, registers);
  }

  private static void segment(
      Map<String, Long> values, String name, DeviceState state, String field) {
    if (!state.has(field + ".selector")) {
      return;
    }
    values.put(name, state.get(field + ".selector", 0));
    values.put(name + "_base", state.get(field + ".base", 0));
    values.put(name + "_limit", state.get(field + ".limit", 0));
    values.put(name + "_flags", state.get(field + ".flags", 0));
  }

  /** Descriptor tables have neither selector nor flags. */
  private static void table(
      Map<String, Long> values, String name, DeviceState state, String field) {
    if (state.has(field + ".base")) {
      values.put(name + "_base", state.get(field + ".base", 0));
      values.put(name + "_limit", state.get(field + ".limit", 0));
    }
  }

  private static void nestedVmx(Map<String, Long> values, DeviceState state, PiecedFile stream)
      throws ImageException {
    String header = NESTED + "hdr.vmx.";
    if (!state.has(header + "vmxon_pa")) {
      return;
    }
    values.put("vmxon", state.get(header + "vmxon_pa", 0));
    values.put("vmcs12", state.get(header + "vmcs12_pa", 0));
    Long page = state.places().get(NESTED + "data.vmx[0].vmcs12");
    if (page == null || !stream.holds(page, PAGE) || stream.intAt(page) != VMCS12_REVISION) {
      return;
    }
    if ((stream.intAt(page + VMCS12_SECONDARY_CONTROLS) & ENABLE_EPT) != 0) {
      values.put("nested_eptp", stream.longAt(page + VMCS12_EPT_POINTER));
    }
  }

  private static void nestedSvm(Map<String, Long> values, DeviceState state, PiecedFile stream)
      throws ImageException {
    String address = NESTED + "hdr.svm.vmcb_pa";
    if (!state.has(address)) {
      return;
    }
    values.put("vm_vmcb", state.get(address, 0));
    Long page = state.places().get(NESTED + "data.svm[0].vmcb12");
    if (page != null
        && stream.holds(page, PAGE)
        && (stream.longAt(page + VMCB_NP_ENABLE) & 1) != 0) {
      values.put("nested_cr3", stream.longAt(page + VMCB_NCR3));
    }
  }

  private static Map<String, String> singleFields() {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("env.eip", "rip");
    fields.put("env.eflags", "rflags");
    fields.put("env.cr[0]", "cr0");
    fields.put("env.cr[2]", "cr2");
    fields.put("env.cr[3]", "cr3");
    fields.put("env.cr[4]", "cr4");
    fields.put("env.efer", "efer");
    fields.put("env.kernelgsbase", "kernel_gs_base");
    fields.put("env.star", "star");
    fields.put("env.lstar", "lstar");
    fields.put("env.cstar", "cstar");
    fields.put("env.fmask", "fmask");
    fields.put("env.sysenter_cs", "sysenter_cs");
    fields.put("env.sysenter_esp", "sysenter_esp");
    fields.put("env.sysenter_eip", "sysenter_eip");
    fields.put("env.pat", "pat");
    fields.put("env.smbase", "smbase");
    fields.put("env.hflags", "hflags");
    fields.put("env.hflags2", "hflags2");
    fields.put("env.vm_hsave", "vm_hsave");
    fields.put("env.vm_vmcb", "vm_vmcb");
    fields.put("env.nested_cr3", "nested_cr3");
    fields.put("env.nested_pg_mode", "nested_pg_mode");
    return fields;
  }
}
