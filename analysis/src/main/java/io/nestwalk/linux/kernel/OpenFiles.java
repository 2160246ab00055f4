package io.nestwalk.linux.kernel;

import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;

/** The open files of a task: {@code struct fdtable} (include/linux/fdtable.h). */
public final class OpenFiles {

  /** The bound that the kernel has by default (sysctl fs.nr_open). */
  private static final int MAX_FILES = 1 << 20;

  private final Kernel kernel;
  private final Field files;
  private final Field table;
  private final Field count;
  private final Field entries;

  public OpenFiles(Kernel kernel, Field files) {
    this.kernel = kernel;
    this.files = files;
    KernelTypes types = kernel.types();
    table = types.field("files_struct", "fdt");
    count = types.field("fdtable", "max_fds");
    entries = types.field("fdtable", "fd");
  }

  /** Is shown open files. */
  @FunctionalInterface
  public interface Visitor {
    /** Is shown {@code struct file} of a descriptor. */
    void file(int descriptor, long file);
  }

  public void forEach(long task, Visitor visitor) {
    long open = kernel.value(files, task);
    if (!kernel.isReadable(open)) {
      return;
    }
    long descriptors = kernel.value(table, open);
    long size = Math.min(kernel.value(count, descriptors), MAX_FILES);
    long array = kernel.value(entries, descriptors);
    int pointer = kernel.types().pointerSize();
    for (int i = 0; i < size; i++) {
      long entry = array + (long) i * pointer;
      if (!kernel.isReadable(entry)) {
        kernel.warnings().add("open files of 0x%x: nothing at 0x%x".formatted(task, entry));
        return;
      }
      long file = kernel.pointer(entry);
      if (kernel.isReadable(file)) {
        visitor.file(i, file);
      }
    }
  }
}
