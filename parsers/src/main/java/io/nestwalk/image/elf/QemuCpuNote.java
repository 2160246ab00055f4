package io.nestwalk.image.elf;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.Registers;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * QEMU's note about an x86 CPU (QEMUCPUState, version 1): the only place in such a core that has
 * the control registers. EFER is not in it.
 *
 * @param registers all it holds; 32-bit CPUs use the 64-bit names, with zeros above
 */
record QemuCpuNote(Registers registers) {

  private static final long VERSION = 1;

  /** The size up to CR4; kernel_gs_base follows since QEMU 3.0. */
  private static final int SIZE_WITHOUT_KERNEL_GS_BASE = 432;

  private static final String[] GENERAL = {
    "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rsp", "rbp",
    "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
    "rip", "rflags"
  };
  private static final int GENERAL_OFFSET = 8;

  private static final String[] SEGMENTS = {"cs", "ds", "es", "fs", "gs", "ss", "ldt", "tr"};
  private static final int SEGMENTS_OFFSET = 152;
  private static final int SEGMENT_SIZE = 24;

  private static final int GDT_OFFSET = 344;
  private static final int IDT_OFFSET = 368;

  private static final int CR0_OFFSET = 392;
  private static final int CR2_OFFSET = 408;
  private static final int CR3_OFFSET = 416;
  private static final int CR4_OFFSET = 424;
  private static final int KERNEL_GS_BASE_OFFSET = 432;

  /** Reads the note; empty when its version or size is none that is known. */
  static Optional<QemuCpuNote> read(ImageFile file, ElfNote note) throws ImageException {
    if (note.size() < SIZE_WITHOUT_KERNEL_GS_BASE) {
      return Optional.empty();
    }
    long start = note.offset();
    long version = file.intAt(start);
    long size = Math.min(file.intAt(start + 4), note.size());
    if (version != VERSION || size < SIZE_WITHOUT_KERNEL_GS_BASE) {
      return Optional.empty();
    }
    Map<String, Long> values = new LinkedHashMap<>();
    for (int i = 0; i < GENERAL.length; i++) {
      values.put(GENERAL[i], file.longAt(start + GENERAL_OFFSET + (long) i * Long.BYTES));
    }
    for (int i = 0; i < SEGMENTS.length; i++) {
      long segment = start + SEGMENTS_OFFSET + (long) i * SEGMENT_SIZE;
      values.put(SEGMENTS[i], file.intAt(segment));
      values.put(SEGMENTS[i] + "_base", file.longAt(segment + 16));
      values.put(SEGMENTS[i] + "_limit", file.intAt(segment + 4));
      values.put(SEGMENTS[i] + "_flags", file.intAt(segment + 8));
    }
    // The descriptor tables have neither selector nor flags; QEMU fills those with zeros.
    values.put("gdt_base", file.longAt(start + GDT_OFFSET + 16));
    values.put("gdt_limit", file.intAt(start + GDT_OFFSET + 4));
    values.put("idt_base", file.longAt(start + IDT_OFFSET + 16));
    values.put("idt_limit", file.intAt(start + IDT_OFFSET + 4));
    // The note has a slot for CR1, a register that no CPU has.
    long cr0 = file.longAt(start + CR0_OFFSET);
    long cr3 = file.longAt(start + CR3_OFFSET);
    if (cr0 != 0) {
      values.put("cr0", cr0);
      values.put("cr2", file.longAt(start + CR2_OFFSET));
      values.put("cr3", cr3);
      values.put("cr4", file.longAt(start + CR4_OFFSET));
    } else if (cr3 != 0) {
      // Bit 4 of CR0 is fixed to 1 (Intel SDM volume 3A, 2.5): who wrote this knew CR3 alone.
      values.put("cr3", cr3);
    }
    if (size >= KERNEL_GS_BASE_OFFSET + Long.BYTES) {
      values.put("kernel_gs_base", file.longAt(start + KERNEL_GS_BASE_OFFSET));
    }
    return Optional.of(new QemuCpuNote(new Registers(values)));
  }
}
