package io.nestwalk.image.hyperv;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.LongMode;
import io.nestwalk.image.RegisterLayout;
import io.nestwalk.image.Registers;
import io.nestwalk.image.hyperv.HyperVStorage.Bytes;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The hypervisor's state of a partition: chunks one after the other, each with a number and a
 * length. A chunk tells which CPU, and which of its trust levels (VTL), the following ones are of.
 *
 * @param cpus with the registers of VTL 0 by their names, and of a higher one as {@code vtl1_cr3}
 * @param osId what the guest wrote to HV_X64_MSR_GUEST_OS_ID
 * @param warnings what was not read
 */
record PartitionState(List<Cpu> cpus, OptionalLong osId, List<String> warnings) {

  private static final int HEADER = 16;

  /** Between the headers of the value and the first chunk. */
  private static final int ALIGNMENT = 16;

  private static final int PROLOG = 0;
  private static final int EPILOG = 0xf000_0000;
  private static final int OS_ID = 0x2000_1000;
  private static final int CPU = 0x3000_1000;
  private static final int VTL = 0x3001_a000;
  private static final int GENERAL = 0x3000_5000;
  private static final int CONTROL = 0x3000_7000;
  private static final int DEBUG = 0x3000_8000;
  private static final int SEGMENTS = 0x3000_9000;
  private static final int TABLES = 0x3000_a000;

  /** "duTP", which the first chunk begins with. */
  private static final int PROLOG_TAG = 0x5054_6475;

  private static final int VENDOR_OFFSET = 8;
  private static final long VENDOR_ARM = 0x10;

  private static final int MAX_CPUS = 4096;

  /** A CPU has some dozens, of a hundred kinds. */
  private static final int MAX_CHUNKS = 1 << 20;

  /** How far a first chunk is looked for that is not where it should be. */
  private static final int MAX_SEARCHED = 1 << 16;

  private static final Map<Integer, RegisterLayout> X64 = x64();
  private static final Map<Integer, RegisterLayout> ARM64 = arm64();

  static PartitionState read(ImageFile file, Bytes value) throws ImageException {
    List<String> warnings = new ArrayList<>();
    long end = value.offset() + value.length();
    long at = firstChunk(file, value);
    if (at < 0) {
      return new PartitionState(
          List.of(),
          OptionalLong.empty(),
          List.of("the state of the CPUs does not begin as one does; registers are not read"));
    }
    boolean isArm = file.intAt(at + HEADER + VENDOR_OFFSET) == VENDOR_ARM;
    TreeMap<Long, Map<String, Long>> registers = new TreeMap<>();
    OptionalLong osId = OptionalLong.empty();
    long cpu = -1;
    int vtl = 0;
    int chunks = 0;
    int id = PROLOG;
    while (end - at >= HEADER && ++chunks < MAX_CHUNKS) {
      id = (int) file.intAt(at);
      long length = file.intAt(at + Integer.BYTES);
      if (id == EPILOG || length > end - at - HEADER) {
        break;
      }
      MemorySegment data = file.slice(at + HEADER, length);
      RegisterLayout layout = (isArm ? ARM64 : X64).get(id);
      if (id == CPU && length >= Integer.BYTES) {
        cpu = file.intAt(at + HEADER);
        vtl = 0;
      } else if (id == VTL && length >= 1) {
        vtl = file.byteAt(at + HEADER);
      } else if (id == OS_ID && length >= Long.BYTES) {
        osId = OptionalLong.of(file.longAt(at + HEADER));
      } else if (layout != null && cpu >= 0 && cpu < MAX_CPUS) {
        put(registers.computeIfAbsent(cpu, number -> new LinkedHashMap<>()), layout, data, vtl);
      }
      at += HEADER + length;
    }
    if (id != EPILOG) {
      warnings.add("the state of the CPUs is cut or damaged; registers may be missing");
    }
    List<Cpu> cpus = new ArrayList<>();
    registers.forEach((number, values) -> cpus.add(cpu(number.intValue(), values, isArm)));
    return new PartitionState(List.copyOf(cpus), osId, List.copyOf(warnings));
  }

  /** Where the first chunk begins; negative when there is none. */
  private static long firstChunk(ImageFile file, Bytes value) throws ImageException {
    if (value.length() < 2 * Long.BYTES) {
      return -1;
    }
    long headers = file.longAt(value.offset() + Long.BYTES);
    if (headers >= 0
        && headers <= value.length() - ALIGNMENT
        && isProlog(file, value, headers + ALIGNMENT)) {
      return value.offset() + headers + ALIGNMENT;
    }
    for (long at = 0; at < Math.min(MAX_SEARCHED, value.length()); at += Long.BYTES) {
      if (isProlog(file, value, at)) {
        return value.offset() + at;
      }
    }
    return -1;
  }

  private static boolean isProlog(ImageFile file, Bytes value, long at) throws ImageException {
    long start = value.offset() + at;
    return value.length() - at >= HEADER + VENDOR_OFFSET + Integer.BYTES
        && file.intAt(start) == PROLOG
        && file.intAt(start + HEADER) == PROLOG_TAG;
  }

  private static void put(
      Map<String, Long> values, RegisterLayout layout, MemorySegment data, int vtl) {
    Map<String, Long> read = new LinkedHashMap<>();
    layout.read(data, read);
    read.forEach(
        (name, value) -> values.put(vtl == 0 ? name : "vtl%d_%s".formatted(vtl, name), value));
  }

  private static Cpu cpu(int number, Map<String, Long> values, boolean isArm) {
    Registers registers = new Registers(values);
    Architecture architecture =
        isArm
            ? Architecture.AARCH64
            : LongMode.of(registers) == LongMode.Answer.YES
                ? Architecture.X86_64
                : Architecture.X86;
    return new Cpu(number, architecture, registers);
  }

  private static Map<Integer, RegisterLayout> x64() {
    RegisterLayout segments = RegisterLayout.empty();
    int at = 0;
    for (String name : List.of("es", "cs", "ss", "ds", "fs", "gs", "ldt", "tr")) {
      segments =
          segments
              .longs(at, name + "_base")
              .ints(at + 8, name + "_limit")
              .shorts(at + 12, name, name + "_flags");
      at += 16;
    }
    return Map.of(
        GENERAL,
        RegisterLayout.empty()
            .longs(
                0, "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11",
                "r12", "r13", "r14", "r15", "rip", "rflags"),
        CONTROL,
        RegisterLayout.empty().longs(0, "cr0", "cr2", "cr3", "cr4", "cr8", "efer"),
        DEBUG,
        RegisterLayout.empty().longs(0, "dr0", "dr1", "dr2", "dr3", "dr6", "dr7"),
        SEGMENTS,
        segments,
        TABLES,
        RegisterLayout.empty()
            .shorts(6, "idt_limit")
            .longs(8, "idt_base")
            .shorts(22, "gdt_limit")
            .longs(24, "gdt_base"));
  }

  private static Map<Integer, RegisterLayout> arm64() {
    String[] general = new String[31];
    for (int i = 0; i < general.length; i++) {
      general[i] = "x" + i;
    }
    return Map.of(
        GENERAL,
        RegisterLayout.empty()
            .longs(0, general)
            .longs(31 * Long.BYTES, "pc", "pstate", "esr_el1", "spsr_el1", "far_el1", "par_el1")
            .longs(37 * Long.BYTES, "elr_el1", "sp_el0", "sp_el1"),
        CONTROL,
        RegisterLayout.empty()
            .longs(2 * Long.BYTES, "sctlr_el1", "actlr_el1", "tcr_el1", "mair_el1"),
        TABLES,
        RegisterLayout.empty().longs(0, "ttbr0_el1", "ttbr1_el1", "vbar_el1"));
  }
}
