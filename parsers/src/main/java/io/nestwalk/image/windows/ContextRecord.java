package io.nestwalk.image.windows;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.RegisterLayout;
import io.nestwalk.image.Registers;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** The CONTEXT of the CPU that wrote the dump, and what the header has of its control registers. */
final class ContextRecord {

  private static final int OFFSET_64 = 0x348;
  private static final int OFFSET_32 = 0x320;

  private static final long CR4_PSE = 1L << 4;
  private static final long CR4_PAE = 1L << 5;

  private static final RegisterLayout AMD64 =
      RegisterLayout.empty()
          .longs(0x78, "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi")
          .longs(0xb8, "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip")
          .shorts(0x38, "cs", "ds", "es", "fs", "gs", "ss")
          .ints(0x44, "rflags")
          .longs(0x48, "dr0", "dr1", "dr2", "dr3", "dr6", "dr7");

  private static final RegisterLayout I386 =
      RegisterLayout.empty()
          .ints(0x04, "dr0", "dr1", "dr2", "dr3", "dr6", "dr7")
          .ints(0x8c, "gs", "fs", "es", "ds")
          .ints(0x9c, "rdi", "rsi", "rbx", "rdx", "rcx", "rax", "rbp", "rip", "cs")
          .ints(0xc0, "rflags", "rsp", "ss");

  private static final RegisterLayout ARM64 =
      RegisterLayout.empty()
          .ints(0x04, "pstate")
          .longs(0x08, IntStream.range(0, 31).mapToObj(i -> "x" + i).toArray(String[]::new))
          .longs(0x100, "sp", "pc");

  private ContextRecord() {}

  /** The machine's instruction set; empty for one that is not known. */
  static Optional<Architecture> architecture(DumpHeader header) {
    if (header.machine() == DumpHeader.MACHINE_AMD64) {
      return Optional.of(Architecture.X86_64);
    }
    if (header.machine() == DumpHeader.MACHINE_ARM64) {
      return Optional.of(Architecture.AARCH64);
    }
    return header.machine() == DumpHeader.MACHINE_I386
        ? Optional.of(Architecture.X86)
        : Optional.empty();
  }

  /** The CPU as the header has it. */
  static Cpu cpu(ImageFile file, DumpHeader header, Architecture architecture) {
    Map<String, Long> values = new LinkedHashMap<>();
    MemorySegment context =
        file.slice(
            header.is64() ? OFFSET_64 : OFFSET_32,
            header.size() - (header.is64() ? OFFSET_64 : OFFSET_32));
    switch (architecture) {
      case X86_64 -> {
        values.put("cr3", header.directoryTableBase());
        AMD64.read(context, values);
      }
      case X86 -> {
        values.put("cr3", header.directoryTableBase());
        // Windows maps large pages with PSE wherever it does without PAE.
        values.put("cr4", header.paeEnabled() ? CR4_PAE : CR4_PSE);
        I386.read(context, values);
      }
      case AARCH64 -> ARM64.read(context, values);
      case RISCV64 -> {}
    }
    return new Cpu(0, architecture, new Registers(values));
  }
}
