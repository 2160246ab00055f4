package io.nestwalk.linux.check;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.StructLayout;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Who is called when something happens: chains of struct notifier_block, and terminals. */
final class Notifiers implements Check {

  private static final int MOST = 1 << 10;

  private static final Map<String, String> CHAINS =
      Map.of(
          "keyboard_notifier_list", "atomic_notifier_head",
          "panic_notifier_list", "atomic_notifier_head",
          "die_chain", "atomic_notifier_head",
          "vt_notifier_list", "atomic_notifier_head",
          "module_notify_list", "blocking_notifier_head",
          "reboot_notifier_list", "blocking_notifier_head",
          "inetaddr_chain", "blocking_notifier_head",
          "usb_notifier_list", "blocking_notifier_head",
          "netdev_chain", "raw_notifier_head");

  @Override
  public String rule() {
    return "notifiers";
  }

  @Override
  public String reason() {
    return "who is called at every key, module or restart can log, hide or survive";
  }

  @Override
  public void run(Inspection in) {
    Kernel kernel = in.kernel();
    KernelTypes types = kernel.types();
    boolean any = false;
    for (Map.Entry<String, String> chain : CHAINS.entrySet()) {
      OptionalLong head = kernel.symbols().address(chain.getKey());
      Optional<Field> first = types.findField(chain.getValue(), "head");
      if (head.isPresent() && first.isPresent()) {
        any = true;
        chain(in, chain.getKey(), kernel.value(first.get(), head.getAsLong()));
      }
    }
    if (!any) {
      in.omit("the kernel has no symbols of its chains of notifiers");
    }
    terminals(in);
  }

  private static void chain(Inspection in, String name, long first) {
    Kernel kernel = in.kernel();
    StructLayout block = kernel.types().struct("notifier_block");
    Field call = block.field("notifier_call");
    Field next = block.field("next");
    long at = first;
    for (int i = 0; at != 0; i++) {
      if (!kernel.isReadable(at) || i >= MOST) {
        in.omit("%s: cut off at 0x%x".formatted(name, at));
        return;
      }
      in.codePointer(name + " notifier", call.at(at));
      at = kernel.value(next, at);
    }
  }

  /** The drivers of terminals, and what receives a terminal's keys. */
  private static void terminals(Inspection in) {
    Kernel kernel = in.kernel();
    OptionalLong head = kernel.symbols().address("tty_drivers");
    Optional<StructLayout> driver = kernel.types().find("tty_driver");
    if (head.isEmpty() || driver.isEmpty()) {
      in.omit("terminals: the kernel has no symbol tty_drivers");
      return;
    }
    Field link = driver.get().field("tty_drivers");
    Field operations = driver.get().field("ops");
    Field number = driver.get().field("num");
    Field terminals = driver.get().field("ttys");
    new io.nestwalk.linux.kernel.ListWalk(kernel)
        .circular(
            "tty_drivers",
            head.getAsLong(),
            MOST,
            node -> {
              long each = node - link.offset();
              in.operations(
                  "a terminal driver's ops", "tty_operations", kernel.value(operations, each));
              long array = kernel.value(terminals, each);
              long count = Math.min(kernel.value(number, each), MOST);
              for (int i = 0; kernel.isReadable(array) && i < count; i++) {
                terminal(in, kernel.pointer(array + (long) i * kernel.types().pointerSize()));
              }
              return true;
            });
  }

  private static void terminal(Inspection in, long terminal) {
    Kernel kernel = in.kernel();
    Optional<Field> discipline = kernel.types().findField("tty_struct", "ldisc");
    Optional<Field> operations = kernel.types().findField("tty_ldisc", "ops");
    Optional<Field> receive = kernel.types().findField("tty_ldisc_ops", "receive_buf");
    if (!kernel.isReadable(terminal)
        || discipline.isEmpty()
        || operations.isEmpty()
        || receive.isEmpty()) {
      return;
    }
    long table = kernel.value(operations.get(), kernel.value(discipline.get(), terminal));
    if (kernel.isReadable(table)) {
      in.codePointer("a terminal's receive_buf", receive.get().at(table));
    }
  }
}
