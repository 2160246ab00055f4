package io.nestwalk.linux.check;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.RedBlackTree;
import io.nestwalk.linux.kernel.TreeWalk;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.StructLayout;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Tables of functions by which files are read: those of /proc and of everything in it, those of the
 * lists of sockets in /proc/net, and those of every open file.
 */
final class FileOperations implements Check {

  private static final int MOST_ENTRIES = 1 << 18;

  /** Tables that are known by name, with what they are. */
  private static final Map<String, String> TABLES =
      Map.ofEntries(
          Map.entry("proc_root_operations", "file_operations"),
          Map.entry("proc_root_inode_operations", "inode_operations"),
          Map.entry("proc_tgid_base_operations", "file_operations"),
          Map.entry("proc_tgid_base_inode_operations", "inode_operations"),
          Map.entry("proc_dir_operations", "file_operations"),
          Map.entry("proc_dir_inode_operations", "inode_operations"),
          Map.entry("simple_dir_operations", "file_operations"),
          Map.entry("socket_file_ops", "file_operations"),
          Map.entry("pipefifo_fops", "file_operations"),
          Map.entry("tcp4_seq_ops", "seq_operations"),
          Map.entry("tcp6_seq_ops", "seq_operations"),
          Map.entry("udp_seq_ops", "seq_operations"),
          Map.entry("udp6_seq_ops", "seq_operations"),
          Map.entry("raw_seq_ops", "seq_operations"),
          Map.entry("raw6_seq_ops", "seq_operations"),
          Map.entry("unix_seq_ops", "seq_operations"),
          Map.entry("packet_seq_ops", "seq_operations"),
          Map.entry("modules_op", "seq_operations"),
          Map.entry("kallsyms_op", "seq_operations"));

  private final List<Long> openFiles;

  /**
   * The check.
   *
   * @param openFiles {@code struct file} of every open file
   */
  FileOperations(List<Long> openFiles) {
    this.openFiles = openFiles;
  }

  @Override
  public String rule() {
    return "file-operations";
  }

  @Override
  public String reason() {
    return "who changes how /proc or another file is read leaves out processes, sockets or files";
  }

  @Override
  public void run(Inspection in) {
    Kernel kernel = in.kernel();
    int known = 0;
    for (Map.Entry<String, String> table : TABLES.entrySet()) {
      OptionalLong address = kernel.symbols().address(table.getKey());
      if (address.isPresent()) {
        known++;
        in.operations(table.getKey(), table.getValue(), address.getAsLong());
      }
    }
    if (known == 0) {
      in.omit("the kernel has no symbols of tables of operations");
    }
    proc(in);
    openFiles(in);
  }

  private void openFiles(Inspection in) {
    KernelTypes types = in.kernel().types();
    Field ofFile = types.field("file", "f_op");
    Field inode = types.field("file", "f_inode");
    Field ofInode = types.field("inode", "i_op");
    for (long file : openFiles) {
      in.operations("an open file's f_op", "file_operations", in.kernel().value(ofFile, file));
      long node = in.kernel().value(inode, file);
      if (in.kernel().isReadable(node)) {
        in.operations("an open file's i_op", "inode_operations", in.kernel().value(ofInode, node));
      }
    }
  }

  /** The entries of /proc, from its root down: struct proc_dir_entry (fs/proc/internal.h). */
  private static void proc(Inspection in) {
    Kernel kernel = in.kernel();
    OptionalLong root = kernel.symbols().address("proc_root");
    Optional<StructLayout> layout = kernel.types().find("proc_dir_entry");
    if (root.isEmpty() || layout.isEmpty() || layout.get().find("subdir_node").isEmpty()) {
      in.omit("the entries of /proc: the kernel has no symbol proc_root");
      return;
    }
    Field below = layout.get().field("subdir");
    Field link = layout.get().field("subdir_node");
    RedBlackTree trees = new RedBlackTree(kernel);
    TreeWalk entries = new TreeWalk(MOST_ENTRIES);
    int[] unread = new int[1];
    entries.from(
        root.getAsLong(),
        (folder, children) -> {
          if (folder != root.getAsLong()) {
            entry(in, layout.get(), folder);
          }
          boolean read =
              trees.forEach(
                  "/proc",
                  below.at(folder),
                  MOST_ENTRIES,
                  node -> children.test(node - link.offset()));
          unread[0] += read ? 0 : 1;
        });
    if (!entries.isComplete()) {
      in.omit("/proc: cut off after %d entries".formatted(MOST_ENTRIES));
    }
    if (unread[0] > 0) {
      in.omit("/proc: a part of %d of its folders can't be read".formatted(unread[0]));
    }
  }

  private static void entry(Inspection in, StructLayout layout, long entry) {
    Kernel kernel = in.kernel();
    Optional<Field> mode = layout.find("mode");
    boolean folder = mode.isPresent() && (kernel.value(mode.get(), entry) & 0170000) == 0040000;
    String name = name(kernel, layout, entry);
    pointed(in, layout, entry, "proc_iops", "inode_operations", name);
    pointed(in, layout, entry, "proc_dops", "dentry_operations", name);
    // One place holds the operations of a folder or those of a file.
    if (folder) {
      pointed(in, layout, entry, "proc_dir_ops", "file_operations", name);
    } else {
      pointed(
          in,
          layout,
          entry,
          layout.find("proc_ops").isPresent() ? "proc_ops" : "proc_fops",
          layout.find("proc_ops").isPresent() ? "proc_ops" : "file_operations",
          name);
    }
    // And another the list's functions, or the one function that shows all.
    Optional<Field> show = layout.find("single_show");
    Optional<Field> sequence = layout.find("seq_ops");
    if (show.isPresent() && sequence.isPresent()) {
      long value = kernel.value(show.get(), entry);
      if (value != 0 && !folder) {
        if (in.code().isOwned(value) && !isTable(in, value)) {
          in.examined();
        } else if (isTable(in, value)) {
          in.operations("/proc/.../" + name + " seq_ops", "seq_operations", value);
        } else if (!kernel.isReadable(value)) {
          in.find("/proc/.../%s is shown by no code".formatted(name), show.get().at(entry), value);
        } else {
          in.operations("/proc/.../" + name + " seq_ops", "seq_operations", value);
        }
      }
    }
  }

  /** Whether a symbol that is no code begins there. */
  private static boolean isTable(Inspection in, long address) {
    return in.code().functionAt(address).filter(symbol -> !symbol.isCode()).isPresent();
  }

  private static void pointed(
      Inspection in, StructLayout layout, long entry, String member, String struct, String name) {
    layout
        .find(member)
        .ifPresent(
            field ->
                in.operations(
                    "/proc/.../%s %s".formatted(name, member),
                    struct,
                    in.kernel().value(field, entry)));
  }

  private static String name(Kernel kernel, StructLayout layout, long entry) {
    Optional<Field> name = layout.find("name");
    long at = name.isPresent() ? kernel.value(name.get(), entry) : 0;
    return kernel.isReadable(at) ? kernel.text(at, 256) : "?";
  }
}
