package io.nestwalk.linux.check;

import io.nestwalk.image.Architecture;
import io.nestwalk.linux.kernel.Kernel;
import java.util.OptionalLong;

/** x86's interrupt descriptor table: arch/x86/include/asm/desc_defs.h. */
final class InterruptTable implements Check {

  private static final int GATES = 256;
  private static final int SIZE = 16;
  private static final int EXCEPTIONS = 32;

  /** EARLY_IDT_HANDLER_SIZE, without and with the mark of indirect branches. */
  private static final long HANDLER = 9;

  private static final long HANDLER_WITH_MARK = 13;
  private static final int PRESENT = 0x80;

  @Override
  public String rule() {
    return "interrupt-table";
  }

  @Override
  public String reason() {
    return "who changes a gate is called at every fault, interrupt or old system call";
  }

  @Override
  public void run(Inspection in) {
    Kernel kernel = in.kernel();
    if (kernel.tables().mode().architecture() != Architecture.X86_64) {
      in.omit("known for x86-64 only");
      return;
    }
    OptionalLong table = kernel.symbols().address("idt_table");
    if (table.isEmpty()) {
      in.omit("the kernel has no symbol idt_table");
      return;
    }
    for (int i = 0; i < GATES; i++) {
      long gate = table.getAsLong() + (long) i * SIZE;
      if (!kernel.memory().isPresent(gate)) {
        in.omit("gate %d is not in memory".formatted(i));
        continue;
      }
      if ((kernel.memory().getByte(gate + 5) & PRESENT) == 0) {
        continue;
      }
      long low = kernel.memory().getLong(gate, 0);
      long high = kernel.memory().getLong(gate + 8, 0);
      long target = (low & 0xffff) | (low >>> 32 & 0xffff_0000L) | high << 32;
      in.examined();
      if (!in.code().isOfKernel(target) && !isOfBoot(kernel, i, target)) {
        in.find("gate %d leads out of the kernel's own code".formatted(i), gate, target);
      }
    }
  }

  /** Exceptions that the kernel has no handler for keep that of its start, in freed memory. */
  private static boolean isOfBoot(Kernel kernel, int vector, long target) {
    OptionalLong handlers = kernel.symbols().address("early_idt_handler_array");
    if (handlers.isEmpty() || vector >= EXCEPTIONS) {
      return false;
    }
    long distance = target - handlers.getAsLong();
    return distance == vector * HANDLER || distance == vector * HANDLER_WITH_MARK;
  }
}
