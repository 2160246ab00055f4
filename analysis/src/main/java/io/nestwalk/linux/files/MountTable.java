package io.nestwalk.linux.files;

import io.nestwalk.linux.kernel.FilePaths;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.ListWalk;
import io.nestwalk.linux.kernel.RedBlackTree;
import io.nestwalk.linux.kernel.TaskFields;
import io.nestwalk.system.GuestMount;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.StructLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongPredicate;

/** The mounts of every mount namespace that a process is in: fs/mount.h. */
public final class MountTable {

  /** sysctl fs.mount-max is 100,000. */
  private static final int MAX_MOUNTS = 1 << 18;

  private static final int MAX_NAME = 4096;
  private static final int MAX_TYPE = 64;

  /** SB_RDONLY of the file system, MNT_READONLY of the mount. */
  private static final int FILE_SYSTEM_READ_ONLY = 1;

  /** include/linux/mount.h. */
  private static final Map<Integer, String> OPTIONS =
      new TreeMap<>(
          Map.of(
              0x01, "nosuid",
              0x02, "nodev",
              0x04, "noexec",
              0x08, "noatime",
              0x10, "nodiratime",
              0x20, "relatime"));

  private static final int MOUNT_READ_ONLY = 0x40;

  private final Kernel kernel;
  private final FilePaths paths;
  private final TaskFields tasks;
  private final StructLayout mount;
  private final StructLayout view;
  private final StructLayout superBlock;
  private final Field namespaceOfProxy;

  /** The mounts of one kernel. */
  public MountTable(Kernel kernel, TaskFields tasks, FilePaths paths) {
    this.kernel = kernel;
    this.paths = paths;
    this.tasks = tasks;
    KernelTypes types = kernel.types();
    mount = types.struct("mount");
    view = types.struct("vfsmount");
    superBlock = types.struct("super_block");
    namespaceOfProxy = types.field("nsproxy", "mnt_ns");
  }

  /** The mounts of the namespaces of these processes. */
  public List<GuestMount> of(List<GuestProcess> processes) {
    Set<Long> namespaces = new LinkedHashSet<>();
    for (GuestProcess process : processes) {
      long proxy = kernel.value(tasks.namespaces, process.object());
      if (kernel.isReadable(proxy)) {
        long namespace = kernel.value(namespaceOfProxy, proxy);
        if (kernel.isReadable(namespace)) {
          namespaces.add(namespace);
        }
      }
    }
    List<GuestMount> mounts = new ArrayList<>();
    for (long namespace : namespaces) {
      List<GuestMount> own = new ArrayList<>();
      long number = kernel.value(kernel.types().field("mnt_namespace", "ns.inum"), namespace);
      forEach(namespace, each -> own.add(read(each, number)) && own.size() < MAX_MOUNTS);
      own.sort(Comparator.comparingInt(GuestMount::id));
      mounts.addAll(own);
    }
    return mounts;
  }

  /** In a list, since 6.8 in a tree. */
  private void forEach(long namespace, LongPredicate visitor) {
    StructLayout layout = kernel.types().struct("mnt_namespace");
    String what = "mounts of namespace 0x%x".formatted(namespace);
    Optional<Field> tree = layout.find("mounts").filter(_ -> mount.find("mnt_node").isPresent());
    if (tree.isPresent()) {
      Field link = mount.field("mnt_node");
      new RedBlackTree(kernel)
          .forEach(
              what,
              tree.get().at(namespace),
              MAX_MOUNTS,
              node -> visitor.test(node - link.offset()));
    } else {
      Field link = mount.field("mnt_list");
      new ListWalk(kernel)
          .circular(
              what,
              layout.field("list").at(namespace),
              MAX_MOUNTS,
              node -> visitor.test(node - link.offset()));
    }
  }

  private GuestMount read(long object, long namespace) {
    long shown = mount.field("mnt").at(object);
    long root = kernel.value(view.field("mnt_root"), shown);
    long system = kernel.value(view.field("mnt_sb"), shown);
    long parent = kernel.value(mount.field("mnt_parent"), object);
    Field id = mount.field("mnt_id");
    long source = kernel.value(mount.field("mnt_devname"), object);
    return new GuestMount(
        (int) kernel.value(id, object),
        kernel.isReadable(parent) ? (int) kernel.value(id, parent) : 0,
        kernel.isReadable(source) ? kernel.text(source, MAX_NAME) : "none",
        typeOf(kernel, system),
        paths.of(shown, root).orElse(""),
        paths.withinFileSystem(root),
        options(kernel.value(view.field("mnt_flags"), shown), system),
        object,
        namespace);
  }

  /** The type of a file system, as /proc/mounts has it, by its {@code struct super_block}. */
  static String typeOf(Kernel kernel, long system) {
    StructLayout superBlock = kernel.types().struct("super_block");
    long type = kernel.value(superBlock.field("s_type"), system);
    long name = kernel.value(kernel.types().field("file_system_type", "name"), type);
    String text = kernel.isReadable(name) ? kernel.text(name, MAX_TYPE) : "";
    Optional<Field> subtype = superBlock.find("s_subtype");
    long more = subtype.isPresent() ? kernel.value(subtype.get(), system) : 0;
    return kernel.isReadable(more) ? text + "." + kernel.text(more, MAX_TYPE) : text;
  }

  private List<String> options(long flags, long system) {
    List<String> options = new ArrayList<>();
    boolean readOnly =
        (flags & MOUNT_READ_ONLY) != 0
            || (kernel.value(superBlock.field("s_flags"), system) & FILE_SYSTEM_READ_ONLY) != 0;
    options.add(readOnly ? "ro" : "rw");
    OPTIONS.forEach(
        (bit, name) -> {
          if ((flags & bit) != 0) {
            options.add(name);
          }
        });
    return options;
  }
}
