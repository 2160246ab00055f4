package io.nestwalk.linux;

import io.nestwalk.image.Memory;
import io.nestwalk.linux.kernel.KernelImage;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.StructLayout;
import java.util.OptionalLong;

/**
 * Finds {@code init_task} (init/init_task.c), the first task, which no list can lose: it is part of
 * the kernel's image, is named "swapper", and is its own parent.
 */
final class InitTask {

  /** Its name among the kernel's symbols. */
  static final String SYMBOL = "init_task";

  private static final int NAME_START = 's' | 'w' << 8 | 'a' << 16 | 'p' << 24;
  private static final int NAME_END = 'p' | 'e' << 8 | 'r' << 16;

  private InitTask() {}

  static OptionalLong find(
      Memory memory, KernelImage image, StructLayout task, KernelSymbols symbols) {
    Field comm = task.field("comm");
    Field parent = task.field("real_parent");
    OptionalLong symbol = symbols.address(SYMBOL);
    if (symbol.isPresent() && isInitTask(memory, symbol.getAsLong(), comm, parent)) {
      return symbol;
    }
    return ImageScan.firstVariable(
            memory,
            image,
            (address, word, next) ->
                word == NAME_START && isInitTask(memory, address - comm.offset(), comm, parent)
                    ? address - comm.offset()
                    : null)
        .map(OptionalLong::of)
        .orElse(OptionalLong.empty());
  }

  /** Whether the first task stands at {@code address}. */
  static boolean isAt(Memory memory, StructLayout task, long address) {
    return isInitTask(memory, address, task.field("comm"), task.field("real_parent"));
  }

  private static boolean isInitTask(Memory memory, long task, Field comm, Field parent) {
    return memory.getInt(comm.at(task), 0) == NAME_START
        && (memory.getInt(comm.at(task) + 4, 0) & 0xff_ffff) == NAME_END
        && parent.get(memory, task, 0) == task;
  }
}
