package io.nestwalk.image.elf;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.Registers;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A NT_PRSTATUS note (Linux's struct elf_prstatus): the general registers of a CPU.
 *
 * @param registers the registers; those of i386 by their 64-bit names, with zeros above
 */
record PrStatus(Registers registers) {

  /**
   * Where and how a machine's registers stand in the note.
   *
   * @param offset of the first register
   * @param width of each register in bytes
   * @param names of the registers in order, empty for a slot that is no register
   */
  private record Layout(int offset, int width, List<String> names) {
    int end() {
      return offset + width * names.size();
    }
  }

  private static final Layout X86_64 =
      new Layout(
          112,
          Long.BYTES,
          List.of(
              "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx",
              "rdx", "rsi", "rdi", "", "rip", "cs", "rflags", "rsp", "ss", "fs_base", "gs_base",
              "ds", "es", "fs", "gs"));

  private static final Layout I386 =
      new Layout(
          72,
          Integer.BYTES,
          List.of(
              "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rax", "ds", "es", "fs", "gs", "", "rip",
              "cs", "rflags", "rsp", "ss"));

  private static final Layout AARCH64 =
      new Layout(112, Long.BYTES, concat(numbered(0, 30), List.of("sp", "pc", "pstate")));

  private static final Layout RISCV64 =
      new Layout(112, Long.BYTES, concat(List.of("pc"), numbered(1, 31)));

  /** Reads the note; empty when it is shorter than the machine's registers. */
  static Optional<PrStatus> read(ImageFile file, ElfNote note, int machine) throws ImageException {
    Layout layout =
        switch (machine) {
          // QEMU writes the 32-bit note for a machine of EM_386 whatever the file's class is.
          case ElfConstants.EM_386 -> I386;
          case ElfConstants.EM_X86_64 -> X86_64;
          case ElfConstants.EM_AARCH64 -> AARCH64;
          case ElfConstants.EM_RISCV -> RISCV64;
          default -> null;
        };
    if (layout == null || note.size() < layout.end()) {
      return Optional.empty();
    }
    Map<String, Long> values = new LinkedHashMap<>();
    long at = note.offset() + layout.offset();
    for (String name : layout.names()) {
      if (!name.isEmpty()) {
        values.put(name, layout.width() == Long.BYTES ? file.longAt(at) : file.intAt(at));
      }
      at += layout.width();
    }
    return Optional.of(new PrStatus(new Registers(values)));
  }

  private static List<String> numbered(int first, int last) {
    return IntStream.rangeClosed(first, last).mapToObj(i -> "x" + i).toList();
  }

  private static List<String> concat(List<String> a, List<String> b) {
    return Stream.concat(a.stream(), b.stream()).toList();
  }
}
