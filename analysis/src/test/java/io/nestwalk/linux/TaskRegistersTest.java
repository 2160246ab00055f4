package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.task.ThreadReader;
import io.nestwalk.paging.Walker;
import io.nestwalk.paging.X86Modes;
import io.nestwalk.system.FloatingPoint;
import io.nestwalk.system.Warnings;
import io.nestwalk.types.KernelSymbols;
import org.junit.jupiter.api.Test;

/** What a task that a test makes up has of CPUs. */
class TaskRegistersTest {

  private static final long TASK = 0xffff_8880_0000_0000L;
  private final ArrayMemory memory = new ArrayMemory(TASK, 1 << 12);

  private Kernel kernel(ListedTypes types) {
    Walker tables = new Walker(X86Modes.fourLevel(52), 0, memory);
    return new Kernel(memory, tables, memory, types, KernelSymbols.NONE, new Warnings());
  }

  private static ListedTypes withState(int size) {
    return new ListedTypes()
        .with("task_struct", "thread.fpu", 64, 32)
        .with("fpu", "state", 16, size);
  }

  /** Before Linux 4.2 a pointer stood where the registers stand since. */
  @Test
  void aPointerIsNotTakenForRegisters() {
    memory.putLong(TASK + 80, 0x1234);
    assertThat(new FloatingPointReader(kernel(withState(Long.BYTES))).of(TASK))
        .isSameAs(FloatingPoint.UNKNOWN);
    byte[] basic = new FloatingPointReader(kernel(withState(1024))).of(TASK).basic();
    assertThat(basic).hasSize(512).startsWith(0x34, 0x12);
  }

  @Test
  void whereAThreadRunsIsUnknownWhereTheKernelDoesNotTell() {
    memory.putInt(TASK, 1).putInt(TASK + 4, 3);
    ListedTypes types = new ListedTypes().with("task_struct", "on_cpu", 0, 4);
    assertThat(ThreadReader.runningOn(kernel(types), TASK)).isEmpty();
    types.with("task_struct", "cpu", 4, 4);
    assertThat(ThreadReader.runningOn(kernel(types), TASK)).hasValue(3);
    memory.putInt(TASK, 0);
    assertThat(ThreadReader.runningOn(kernel(types), TASK)).isEmpty();
  }
}
