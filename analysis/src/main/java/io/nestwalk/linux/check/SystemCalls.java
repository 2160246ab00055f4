package io.nestwalk.linux.check;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.types.KernelSymbols;
import java.util.List;
import java.util.OptionalLong;

/** The tables of system calls: every entry is a function of the kernel's own. */
final class SystemCalls implements Check {

  private static final List<String> TABLES =
      List.of(
          "sys_call_table", "ia32_sys_call_table", "x32_sys_call_table", "compat_sys_call_table");

  /** More than any architecture has. */
  private static final int MOST = 1 << 11;

  @Override
  public String rule() {
    return "system-call-table";
  }

  @Override
  public String reason() {
    return "who changes an entry sees or forges what every process asks of the kernel";
  }

  @Override
  public void run(Inspection in) {
    boolean any = false;
    for (String name : TABLES) {
      OptionalLong table = in.kernel().symbols().address(name);
      if (table.isPresent()) {
        any = true;
        table(name, table.getAsLong(), in);
      }
    }
    if (!any) {
      in.omit("the kernel has no symbol of a table of system calls");
    }
  }

  private static void table(String name, long table, Inspection in) {
    Kernel kernel = in.kernel();
    int width = kernel.types().pointerSize();
    long count = SymbolSpans.after(kernel.symbols(), table, (long) MOST * width) / width;
    // Behind the last entry there may be zeros or data without a name: none leads to memory.
    while (count > 0 && !kernel.isReadable(kernel.pointer(table + (count - 1) * width))) {
      count--;
    }
    for (int i = 0; i < count; i++) {
      long address = table + (long) i * width;
      if (!in.isThere(name, address)) {
        return;
      }
      long target = kernel.pointer(address);
      in.examined();
      if (!in.code().isOfKernel(target)) {
        in.find("%s[%d] leads out of the kernel's own code".formatted(name, i), address, target);
      } else if (!in.code().symbols().equals(KernelSymbols.NONE)
          && in.code().functionAt(target).isEmpty()) {
        in.find(
            "%s[%d] leads into a function, not to its start".formatted(name, i), address, target);
      }
    }
  }
}
