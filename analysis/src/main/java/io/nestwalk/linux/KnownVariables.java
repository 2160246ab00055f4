package io.nestwalk.linux;

import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.TypeDescription;
import io.nestwalk.types.TypeDescription.Array;
import io.nestwalk.types.TypeDescription.Base;
import io.nestwalk.types.TypeDescription.BaseKind;
import io.nestwalk.types.TypeDescription.Pointer;
import io.nestwalk.types.TypeDescription.Struct;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What some of the kernel's variables are, by their declarations in its source: BTF tells the types
 * of per-CPU variables only.
 */
final class KnownVariables {

  /** Gates of x86's interrupt descriptor table. */
  private static final int GATES = 256;

  private static final Map<String, String> STRUCTS =
      Map.ofEntries(
          Map.entry("init_task", "task_struct"),
          Map.entry("init_files", "files_struct"),
          Map.entry("init_mm", "mm_struct"),
          Map.entry("init_fs", "fs_struct"),
          Map.entry("init_cred", "cred"),
          Map.entry("init_net", "net"),
          Map.entry("init_pid_ns", "pid_namespace"),
          Map.entry("init_uts_ns", "uts_namespace"),
          Map.entry("init_user_ns", "user_namespace"),
          Map.entry("modules", "list_head"),
          Map.entry("net_namespace_list", "list_head"),
          Map.entry("super_blocks", "list_head"),
          Map.entry("tty_drivers", "list_head"),
          Map.entry("keyboard_notifier_list", "atomic_notifier_head"),
          Map.entry("prog_idr", "idr"),
          Map.entry("map_idr", "idr"),
          Map.entry("socket_file_ops", "file_operations"),
          Map.entry("sockfs_dentry_operations", "dentry_operations"),
          Map.entry("iomem_resource", "resource"),
          Map.entry("ioport_resource", "resource"),
          Map.entry("tcp4_seq_afinfo", "tcp_seq_afinfo"),
          Map.entry("tcp6_seq_afinfo", "tcp_seq_afinfo"),
          Map.entry("udp4_seq_afinfo", "udp_seq_afinfo"),
          Map.entry("udp6_seq_afinfo", "udp_seq_afinfo"),
          Map.entry("tcp4_seq_ops", "seq_operations"),
          Map.entry("tcp6_seq_ops", "seq_operations"),
          Map.entry("udp_seq_ops", "seq_operations"),
          Map.entry("udp6_seq_ops", "seq_operations"));

  private static final Map<String, String> POINTERS =
      Map.of("module_kset", "kset", "prb", "printk_ringbuffer");

  private static final Base LONG = new Base("long unsigned int", 8, false, BaseKind.INTEGER);
  private static final Base INT = new Base("int", 4, true, BaseKind.INTEGER);
  private static final Base UNSIGNED = new Base("unsigned int", 4, false, BaseKind.INTEGER);
  private static final Base CHARACTER = new Base("char", 1, true, BaseKind.CHARACTER);

  private KnownVariables() {}

  /** The variables that the kernel has, of types that it has. */
  static Map<String, TypeDescription> of(KernelTypes types, KernelSymbols symbols) {
    Map<String, TypeDescription> variables = new HashMap<>();
    STRUCTS.forEach(
        (name, struct) ->
            types.find(struct).ifPresent(_ -> variables.put(name, new Struct(struct, false))));
    POINTERS.forEach(
        (name, struct) ->
            types
                .find(struct)
                .ifPresent(_ -> variables.put(name, new Pointer(new Struct(struct, false)))));
    for (String name : new String[] {"vmemmap_base", "page_offset_base", "vmalloc_base"}) {
      variables.put(name, longOf(types));
    }
    for (String name : new String[] {"log_buf", "saved_command_line"}) {
      variables.put(name, new Pointer(CHARACTER));
    }
    variables.put("cap_last_cap", INT);
    variables.put("log_buf_len", UNSIGNED);
    variables.put("__pgtable_l5_enabled", UNSIGNED);
    if (types.find("gate_struct").isPresent()) {
      variables.put("idt_table", new Array(GATES, new Struct("gate_struct", false)));
    }
    for (String name : new String[] {"sys_call_table", "ia32_sys_call_table"}) {
      entries(name, types, symbols, variables);
    }
    return variables;
  }

  private static Base longOf(KernelTypes types) {
    return types.pointerSize() == Long.BYTES
        ? LONG
        : new Base(LONG.name(), Integer.BYTES, false, BaseKind.INTEGER);
  }

  /** A table of pointers is as long as it is to the next symbol. */
  private static void entries(
      String name,
      KernelTypes types,
      KernelSymbols symbols,
      Map<String, TypeDescription> variables) {
    OptionalLong start = symbols.address(name);
    if (start.isPresent()) {
      long[] next = {Long.MAX_VALUE};
      symbols.forEach(
          symbol -> {
            long distance = symbol.address() - start.getAsLong();
            if (distance > 0 && distance < next[0]) {
              next[0] = distance;
            }
          });
      long count = next[0] / types.pointerSize();
      if (count > 0 && count < 1 << 12) {
        variables.put(name, new Array(count, longOf(types)));
      }
    }
  }
}
