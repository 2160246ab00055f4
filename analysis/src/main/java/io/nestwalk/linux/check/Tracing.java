package io.nestwalk.linux.check;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.types.Field;
import io.nestwalk.types.StructLayout;
import java.util.Optional;
import java.util.OptionalLong;

/** What is called at functions of the kernel's: ftrace_ops and kprobes. */
final class Tracing implements Check {

  private static final int MOST = 1 << 14;

  /** KPROBE_TABLE_SIZE. */
  private static final int BUCKETS = 1 << 6;

  @Override
  public String rule() {
    return "function-hooks";
  }

  @Override
  public String reason() {
    return "hooks by ftrace and kprobes change functions without touching a table; tracers use them"
        + " too, from the kernel's own code";
  }

  @Override
  public void run(Inspection in) {
    ftrace(in);
    kprobes(in);
  }

  private static void ftrace(Inspection in) {
    Kernel kernel = in.kernel();
    OptionalLong list = kernel.symbols().address("ftrace_ops_list");
    OptionalLong end = kernel.symbols().address("ftrace_list_end");
    Optional<StructLayout> layout = kernel.types().find("ftrace_ops");
    if (list.isEmpty() || end.isEmpty() || layout.isEmpty()) {
      in.omit("ftrace: the kernel has no list of ftrace_ops");
      return;
    }
    Field next = layout.get().field("next");
    Field function = layout.get().field("func");
    if (!in.isThere("ftrace", list.getAsLong())) {
      return;
    }
    in.examined();
    long ops = kernel.pointer(list.getAsLong());
    for (int i = 0; ops != end.getAsLong() && ops != 0; i++) {
      if (!kernel.isReadable(ops) || i >= MOST) {
        in.omit("ftrace: the list is cut off at 0x%x".formatted(ops));
        return;
      }
      long target = kernel.value(function, ops);
      in.examined();
      if (!in.code().isOfKernel(target)) {
        in.find("an ftrace_ops calls code out of the kernel's own", function.at(ops), target);
      }
      ops = kernel.value(next, ops);
    }
  }

  private static void kprobes(Inspection in) {
    Kernel kernel = in.kernel();
    OptionalLong table = kernel.symbols().address("kprobe_table");
    Optional<StructLayout> layout = kernel.types().find("kprobe");
    if (table.isEmpty() || layout.isEmpty()) {
      in.omit("kprobes: the kernel has no table of them");
      return;
    }
    int width = kernel.types().pointerSize();
    Field link = layout.get().field("hlist");
    Field where = layout.get().field("addr");
    int count = 0;
    for (int i = 0; i < BUCKETS; i++) {
      long bucket = table.getAsLong() + (long) i * width;
      if (!in.isThere("kprobes", bucket)) {
        return;
      }
      in.examined();
      long node = kernel.pointer(bucket);
      while (node != 0) {
        if (!kernel.isReadable(node) || ++count > MOST) {
          in.omit("kprobes: a chain is cut off at 0x%x".formatted(node));
          break;
        }
        long probe = node - link.offset();
        String at = in.code().describe(kernel.value(where, probe)).orElse("unknown code");
        for (String handler : new String[] {"pre_handler", "post_handler"}) {
          Field field = layout.get().field(handler);
          long target = kernel.value(field, probe);
          if (target != 0) {
            in.examined();
            if (!in.code().isOfKernel(target)) {
              in.find(
                  "a kprobe at %s calls code out of the kernel's own (%s)".formatted(at, handler),
                  field.at(probe),
                  target);
            }
          }
        }
        node = kernel.pointer(node);
      }
    }
  }
}
