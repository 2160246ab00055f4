package io.nestwalk.linux.task;

import io.nestwalk.linux.kernel.FilePaths;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.TaskFields;
import io.nestwalk.system.ProcessContext;
import io.nestwalk.system.Traits;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import io.nestwalk.types.StructLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Directories, credentials and capabilities of a task: fs_struct, include/linux/cred.h. */
public final class ContextReader {

  private static final List<String> IDS =
      List.of("uid", "gid", "suid", "sgid", "euid", "egid", "fsuid", "fsgid");

  private static final Map<String, String> SETS =
      Map.of(
          "cap_inheritable", "inheritable",
          "cap_permitted", "permitted",
          "cap_effective", "effective",
          "cap_bset", "bounding",
          "cap_ambient", "ambient");

  /** include/uapi/linux/capability.h, by number. */
  private static final List<String> CAPABILITIES =
      List.of(
          "chown",
          "dac_override",
          "dac_read_search",
          "fowner",
          "fsetid",
          "kill",
          "setgid",
          "setuid",
          "setpcap",
          "linux_immutable",
          "net_bind_service",
          "net_broadcast",
          "net_admin",
          "net_raw",
          "ipc_lock",
          "ipc_owner",
          "sys_module",
          "sys_rawio",
          "sys_chroot",
          "sys_ptrace",
          "sys_pacct",
          "sys_admin",
          "sys_boot",
          "sys_nice",
          "sys_resource",
          "sys_time",
          "sys_tty_config",
          "mknod",
          "lease",
          "audit_write",
          "audit_control",
          "setfcap",
          "mac_override",
          "mac_admin",
          "syslog",
          "wake_alarm",
          "block_suspend",
          "audit_read",
          "perfmon",
          "bpf",
          "checkpoint_restore");

  private static final long ALL = (1L << CAPABILITIES.size()) - 1;

  /** NGROUPS_MAX. */
  private static final int MAX_GROUPS = 1 << 16;

  private final Kernel kernel;
  private final TaskFields fields;
  private final FilePaths paths;
  private final KernelTypes types;
  private final StructLayout credentials;

  /** A reader of one kernel's tasks. */
  public ContextReader(Kernel kernel, TaskFields fields, FilePaths paths) {
    this.kernel = kernel;
    this.fields = fields;
    this.paths = paths;
    types = kernel.types();
    credentials = types.struct("cred");
  }

  /** What surrounds a task. */
  public ProcessContext of(long task) {
    Map<String, Object> traits = new LinkedHashMap<>();
    long own = kernel.value(fields.credentials, task);
    if (kernel.isReadable(own)) {
      traits.put("credentials", credentials(own));
      traits.put("capabilities", capabilities(own));
    }
    types
        .findField("task_struct", "no_new_privs")
        .ifPresent(field -> traits.put("noNewPrivileges", kernel.value(field, task) != 0));
    types
        .findField("task_struct", "seccomp.mode")
        .ifPresent(field -> traits.put("seccomp", kernel.value(field, task)));
    Traits shown = () -> traits;
    return new ProcessContext(directory(task, "pwd"), directory(task, "root"), shown);
  }

  private Optional<String> directory(long task, String member) {
    Optional<Field> folders = types.findField("task_struct", "fs");
    Optional<Field> mount = types.findField("fs_struct", member + ".mnt");
    Optional<Field> entry = types.findField("fs_struct", member + ".dentry");
    if (folders.isEmpty() || mount.isEmpty() || entry.isEmpty()) {
      return Optional.empty();
    }
    long object = kernel.value(folders.get(), task);
    return kernel.isReadable(object)
        ? paths.of(kernel.value(mount.get(), object), kernel.value(entry.get(), object))
        : Optional.empty();
  }

  private Map<String, Object> credentials(long object) {
    Map<String, Object> ids = new LinkedHashMap<>();
    for (String id : IDS) {
      ids.put(id, kernel.value(credentials.firstOf(id + ".val", id), object));
    }
    groups(object).ifPresent(groups -> ids.put("groups", groups));
    ids.put("object", new Traits.Address(object));
    return ids;
  }

  private Optional<List<Long>> groups(long object) {
    Optional<Field> info = credentials.find("group_info");
    Optional<Field> count = types.findField("group_info", "ngroups");
    Optional<Field> list = types.findField("group_info", "gid");
    if (info.isEmpty() || count.isEmpty() || list.isEmpty()) {
      return Optional.empty();
    }
    long at = kernel.value(info.get(), object);
    if (!kernel.isReadable(at)) {
      return Optional.empty();
    }
    List<Long> groups = new ArrayList<>();
    long number = Math.min(kernel.value(count.get(), at), MAX_GROUPS);
    for (int i = 0; i < number; i++) {
      groups.add(
          kernel.memory().getInt(list.get().at(at) + (long) i * Integer.BYTES, 0) & 0xffff_ffffL);
    }
    return Optional.of(groups);
  }

  private Map<String, Object> capabilities(long object) {
    Map<String, Object> sets = new LinkedHashMap<>();
    for (String name :
        List.of("cap_effective", "cap_permitted", "cap_inheritable", "cap_bset", "cap_ambient")) {
      credentials
          .find(name)
          .ifPresent(
              field ->
                  sets.put(SETS.get(name), names(kernel.memory().getLong(field.at(object), 0))));
    }
    return sets;
  }

  /** All that there are is one word. */
  private static List<String> names(long bits) {
    if ((bits & ALL) == ALL) {
      return List.of("all");
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; i < Long.SIZE; i++) {
      if ((bits >>> i & 1) != 0) {
        names.add(i < CAPABILITIES.size() ? CAPABILITIES.get(i) : "cap_" + i);
      }
    }
    return names;
  }
}
