package io.nestwalk.extract;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Registers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The notes that describe a CPU or a thread: {@code struct elf_prstatus} (include/linux/elfcore.h,
 * registers as {@code struct pt_regs} of each architecture has them), and for x86 machines QEMU's
 * {@code QEMUCPUState} (target/i386/arch_dump.c), which alone has control registers.
 */
final class CpuNotes {

  /** {@code x} for a slot that is no register that dumps know. */
  private static final String NONE = "";

  private static final List<String> X86_64 =
      List.of(
          "r15", "r14", "r13", "r12", "rbp", "rbx", "r11", "r10", "r9", "r8", "rax", "rcx", "rdx",
          "rsi", "rdi", NONE, "rip", "cs", "rflags", "rsp", "ss", "fs_base", "gs_base", "ds", "es",
          "fs", "gs");

  private static final List<String> I386 =
      List.of(
          "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rax", "ds", "es", "fs", "gs", NONE, "rip",
          "cs", "rflags", "rsp", "ss");

  private static final List<String> AARCH64 =
      Stream.concat(
              IntStream.rangeClosed(0, 30).mapToObj(i -> "x" + i), Stream.of("sp", "pc", "pstate"))
          .toList();

  private static final List<String> RISCV64 =
      Stream.concat(Stream.of("pc"), IntStream.rangeClosed(1, 31).mapToObj(i -> "x" + i)).toList();

  private static final List<String> QEMU_GENERAL =
      List.of(
          "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rsp", "rbp", "r8", "r9", "r10", "r11", "r12",
          "r13", "r14", "r15", "rip", "rflags");

  private static final List<String> QEMU_SEGMENTS =
      List.of("cs", "ds", "es", "fs", "gs", "ss", "ldt", "tr", "gdt", "idt");

  private static final int QEMU_SIZE = 440;

  private final Architecture architecture;

  CpuNotes(Architecture architecture) {
    this.architecture = architecture;
  }

  /**
   * NT_PRSTATUS.
   *
   * @param pid the thread's number, for a CPU its own from 1 on
   */
  Note status(int pid, Registers registers) {
    boolean narrow = architecture == Architecture.X86;
    List<String> names =
        switch (architecture) {
          case X86 -> I386;
          case X86_64 -> X86_64;
          case AARCH64 -> AARCH64;
          case RISCV64 -> RISCV64;
        };
    int width = narrow ? Integer.BYTES : Long.BYTES;
    int start = narrow ? 72 : 112;
    // pr_fpvalid follows the registers, padded to the structure's alignment.
    ByteBuffer status = buffer(start + names.size() * width + width);
    status.putInt(narrow ? 24 : 32, pid);
    status.position(start);
    for (String name : names) {
      long value = registers.get(name, 0);
      if (narrow) {
        status.putInt((int) value);
      } else {
        status.putLong(value);
      }
    }
    return new Note(Note.CORE, Note.NT_PRSTATUS, status);
  }

  /** The notes of a thread, in the order that readers want: what follows its status is its own. */
  void ofThread(int id, ThreadStates.ThreadState state, Consumer<Note> notes) {
    notes.accept(status(id, state.registers()));
    byte[] basic = state.floatingPoint().basic();
    if (basic.length > 0) {
      notes.accept(new Note(Note.CORE, Note.NT_FPREGSET, basic));
    }
    byte[] extended = state.floatingPoint().extended();
    if (extended.length > 0) {
      notes.accept(new Note(Note.LINUX, Note.NT_X86_XSTATE, extended));
    }
  }

  /** QEMU's note; empty for architectures that have none. */
  Optional<Note> qemu(Registers registers) {
    if (architecture != Architecture.X86 && architecture != Architecture.X86_64) {
      return Optional.empty();
    }
    ByteBuffer state = buffer(QEMU_SIZE);
    state.putInt(1).putInt(QEMU_SIZE);
    for (String name : QEMU_GENERAL) {
      state.putLong(registers.get(name, 0));
    }
    for (String name : QEMU_SEGMENTS) {
      state.putInt((int) registers.get(name, 0));
      state.putInt((int) registers.get(name + "_limit", 0));
      state.putInt((int) registers.get(name + "_flags", 0));
      state.putInt(0);
      state.putLong(registers.get(name + "_base", 0));
    }
    state.putLong(registers.get("cr0", 0)).putLong(0);
    state.putLong(registers.get("cr2", 0));
    state.putLong(registers.get("cr3", 0));
    state.putLong(registers.get("cr4", 0));
    state.putLong(registers.get("kernel_gs_base", 0));
    return Optional.of(new Note(Note.QEMU, 0, state));
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
