package io.nestwalk.image.virtualbox;

import io.nestwalk.image.Memory;
import io.nestwalk.image.RegisterLayout;
import io.nestwalk.image.Registers;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The unit "cpum": the registers of every CPU, in structures between two markers (CPUMCTX of
 * CPUM.cpp). What lies between them differs in length from machine to machine, so the structures
 * are found by their markers and by what a CPU's registers can be.
 *
 * @param announced how many CPUs the unit says there are
 * @param cpus the registers of each that was found
 */
record CpumUnit(long announced, List<Registers> cpus) {

  static final int FIRST_VERSION = 17;
  private static final int LAST_FIXED_VERSION = 19;
  static final int LAST_VERSION = 23;

  /** Enough for hundreds of CPUs with state of nested virtualization. */
  static final int MAX_BYTES = 64 << 20;

  private static final int STRUCT_BEGIN = 0x19200102;
  private static final int STRUCT_END = 0x19920406;

  /** The length of the structure up to version 19; later ones are longer. */
  private static final int LENGTH = 524;

  private static final int MAX_LENGTH = LENGTH + 512;

  private static final int RFLAGS = 64;
  private static final int CR0 = 276;
  private static final int CR3 = 292;
  private static final int CR4 = 300;
  private static final int EFER = 400;

  private static final RegisterLayout LAYOUT = layout();

  /** Looks for the structures in the unit's data. */
  static CpumUnit read(long version, MemorySegment data) {
    long announced =
        data.byteSize() < Integer.BYTES ? 0 : Integer.toUnsignedLong(data.get(Memory.INT, 0));
    List<Registers> cpus = new ArrayList<>();
    for (long at = 0; data.byteSize() - at >= LENGTH + 2 * Integer.BYTES; at++) {
      if (data.get(Memory.INT, at) != STRUCT_BEGIN) {
        continue;
      }
      MemorySegment structure = data.asSlice(at + Integer.BYTES);
      long end = endOf(structure, version);
      if (end > 0 && isSound(structure)) {
        Map<String, Long> values = new LinkedHashMap<>();
        LAYOUT.read(structure.asSlice(0, LENGTH), values);
        // Attributes as bits 8 to 23 of a descriptor's upper half, as other formats have them.
        values.replaceAll((name, value) -> name.endsWith("_flags") ? (value & 0xffff) << 8 : value);
        cpus.add(new Registers(values));
        at += Integer.BYTES + end + Integer.BYTES - 1;
      }
    }
    return new CpumUnit(announced, cpus);
  }

  /** Where the structure's closing marker stands, -1 where there is none. */
  private static long endOf(MemorySegment structure, long version) {
    long last = version <= LAST_FIXED_VERSION ? LENGTH : MAX_LENGTH;
    for (long at = LENGTH; at <= last && structure.byteSize() - at >= Integer.BYTES; at++) {
      if (structure.get(Memory.INT, at) == STRUCT_END) {
        return at;
      }
    }
    return -1;
  }

  /**
   * Whether these can be a CPU's registers: bit 1 of RFLAGS and CR0.ET are always set, the reserved
   * bits of all never. The structures that stand there for nothing are full of zeros.
   */
  private static boolean isSound(MemorySegment structure) {
    long rflags = structure.get(Memory.LONG, RFLAGS);
    long cr0 = structure.get(Memory.LONG, CR0);
    long cr4 = structure.get(Memory.LONG, CR4);
    long efer = structure.get(Memory.LONG, EFER);
    return (rflags & 2) != 0
        && rflags >>> 22 == 0
        && (cr0 & 0x10) != 0
        && (cr0 & ~0xe005_003fL) == 0
        && structure.get(Memory.LONG, CR3) >>> 52 == 0
        && cr4 >>> 32 == 0
        && (efer & ~0x30_fd01L) == 0;
  }

  private static RegisterLayout layout() {
    RegisterLayout layout =
        RegisterLayout.empty()
            .longs(0, "rdi", "rsi", "rbp", "rax", "rbx", "rdx", "rcx", "rsp", "rflags", "rip")
            .longs(80, "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15");
    String[] segments = {"es", "cs", "ss", "ds", "fs", "gs"};
    for (int i = 0; i < segments.length; i++) {
      layout = selector(layout, 144 + i * 22, segments[i]);
    }
    layout =
        layout
            .longs(CR0, "cr0", "cr2", "cr3", "cr4")
            .longs(308, "dr0", "dr1", "dr2", "dr3", "dr6", "dr7")
            .shorts(356, "gdt_limit")
            .longs(358, "gdt_base")
            .shorts(366, "idt_limit")
            .longs(368, "idt_base")
            .longs(376, "sysenter_cs", "sysenter_eip", "sysenter_esp")
            .longs(EFER, "efer", "star", "pat", "lstar", "cstar", "sfmask", "kernel_gs_base");
    layout = selector(layout, 456, "ldt");
    return selector(layout, 478, "tr");
  }

  /** A selector register: selector, another one, flags, base, limit, attributes. */
  private static RegisterLayout selector(RegisterLayout layout, int offset, String name) {
    return layout
        .shorts(offset, name)
        .longs(offset + 6, name + "_base")
        .ints(offset + 14, name + "_limit")
        .ints(offset + 18, name + "_flags");
  }

  /** Why registers of that version are not read; null when they are. */
  static String refusal(long version) {
    return version >= FIRST_VERSION && version <= LAST_VERSION
        ? null
        : "registers (\"cpum\") of version %d are not read; versions %d to %d are"
            .formatted(version, FIRST_VERSION, LAST_VERSION);
  }
}
