package io.nestwalk.image.elf;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.RegisterLayout;
import io.nestwalk.image.Registers;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * VirtualBox's note about a CPU (DBGFCORECPU of VBox/vmm/dbgfcorefmt.h), written since version 5.0.
 *
 * @param registers all that is of use for finding page tables and code; EFER is among them
 */
record VirtualBoxCpuNote(Registers registers) {

  private static final RegisterLayout LAYOUT = layout();

  /** Reads the note; empty when it is shorter than its registers. */
  static Optional<VirtualBoxCpuNote> read(ImageFile file, ElfNote note) throws ImageException {
    if (note.size() < LAYOUT.length() || !file.holds(note.offset(), note.size())) {
      return Optional.empty();
    }
    MemorySegment structure = file.slice(note.offset(), LAYOUT.length());
    Map<String, Long> values = new LinkedHashMap<>();
    LAYOUT.read(structure, values);
    // Attributes as bits 8 to 23 of a descriptor's upper half, as other formats have them.
    values.replaceAll((name, value) -> name.endsWith("_flags") ? (value & 0xffff) << 8 : value);
    return Optional.of(new VirtualBoxCpuNote(new Registers(values)));
  }

  private static RegisterLayout layout() {
    RegisterLayout layout =
        RegisterLayout.empty()
            .longs(0x00, "rax", "rbx", "rcx", "rdx", "rsi", "rdi")
            .longs(0x30, "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15")
            .longs(0x70, "rip", "rsp", "rbp", "rflags");
    String[] segments = {"cs", "ds", "es", "fs", "gs", "ss"};
    for (int i = 0; i < segments.length; i++) {
      layout = selector(layout, 0x90 + i * 24, segments[i]);
    }
    layout =
        layout
            .longs(0x120, "cr0", "cr2", "cr3", "cr4")
            .longs(0x140, "dr0", "dr1", "dr2", "dr3", "dr4", "dr5", "dr6", "dr7")
            .longs(0x180, "gdt_base")
            .ints(0x188, "gdt_limit")
            .longs(0x190, "idt_base")
            .ints(0x198, "idt_limit");
    layout = selector(layout, 0x1a0, "ldt");
    layout = selector(layout, 0x1b8, "tr");
    return layout
        .longs(0x1d0, "sysenter_cs", "sysenter_eip", "sysenter_esp")
        .longs(0x1e8, "efer", "star", "pat", "lstar", "cstar", "sfmask", "kernel_gs_base");
  }

  /** DBGFCORESEL: base, limit, attributes, selector. */
  private static RegisterLayout selector(RegisterLayout layout, int offset, String name) {
    return layout
        .longs(offset, name + "_base")
        .ints(offset + 8, name + "_limit")
        .ints(offset + 12, name + "_flags")
        .shorts(offset + 16, name);
  }
}
