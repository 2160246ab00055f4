package io.nestwalk.windows.process;

import io.nestwalk.windows.kernel.Kernel;
import io.nestwalk.windows.pe.PeImage;
import java.util.OptionalLong;

/**
 * Finds {@code PspCidTable}, the table in which pids and thread ids are handles. Only symbol files
 * name it; but it is the one handle table that a variable of the kernel points to and whose entry 4
 * is the System process.
 */
final class CidTable {

  private static final String SYMBOL = "PspCidTable";
  private static final int SYSTEM_PID = 4;

  /** Variables of kernels take a few MiB. */
  private static final long MAX_DATA = 32L << 20;

  private final Kernel kernel;
  private final HandleTables tables;
  private final ProcessForm form;

  CidTable(Kernel kernel, HandleTables tables, ProcessForm form) {
    this.kernel = kernel;
    this.tables = tables;
    this.form = form;
  }

  OptionalLong find() {
    OptionalLong named = kernel.symbols().address(SYMBOL);
    if (named.isPresent()) {
      long table = kernel.pointer(named.getAsLong());
      return isTable(table) ? OptionalLong.of(table) : OptionalLong.empty();
    }
    long budget = MAX_DATA;
    for (PeImage.Section section : kernel.image().variables()) {
      long size = Math.min(section.size(), budget);
      OptionalLong table = in(section.address(), size);
      if (table.isPresent()) {
        return table;
      }
      budget -= size;
    }
    return OptionalLong.empty();
  }

  private OptionalLong in(long address, long size) {
    int pointer = kernel.layout().pointerSize();
    long last = 0;
    for (long done = 0; done < size; done += pointer) {
      long value = kernel.pointer(address + done);
      if (value != last && (value & pointer - 1) == 0 && kernel.isKernelAddress(value)) {
        last = value;
        if (!kernel.image().contains(value) && isTable(value)) {
          return OptionalLong.of(value);
        }
      }
    }
    return OptionalLong.empty();
  }

  private boolean isTable(long table) {
    if (!kernel.isObject(table)) {
      return false;
    }
    long object = tables.objectOf(table, SYSTEM_PID);
    return object != 0
        && (object == kernel.system() || object + form.headerSize() == kernel.system());
  }
}
