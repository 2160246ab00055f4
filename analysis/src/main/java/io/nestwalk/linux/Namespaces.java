package io.nestwalk.linux;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.TaskFields;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * The namespaces that a task is in: those of {@code struct nsproxy} (include/linux/nsproxy.h), its
 * credentials' user namespace and its number's pid namespace. The proxy's pid namespace is not the
 * task's own: children that it will have are in that one (pid_ns_for_children).
 */
final class Namespaces {

  private static final Map<String, String> MEMBERS =
      Map.of(
          "mnt", "mnt_ns",
          "uts", "uts_ns",
          "ipc", "ipc_ns",
          "net", "net_ns",
          "time", "time_ns",
          "cgroup", "cgroup_ns");

  private static final Map<String, String> STRUCTURES =
      Map.of(
          "mnt", "mnt_namespace",
          "uts", "uts_namespace",
          "ipc", "ipc_namespace",
          "net", "net",
          "time", "time_namespace",
          "cgroup", "cgroup_namespace");

  /** MAX_PID_NS_LEVEL. */
  private static final int MOST_LEVELS = 32;

  private final Kernel kernel;
  private final TaskFields fields;

  /** From the proxy to the namespace, and from there to its number. */
  private final Map<String, Field[]> steps = new TreeMap<>();

  private final Optional<Field> userNamespace;
  private final Optional<Field> userNumber;
  private final Optional<Field> pidNumber;
  private final Optional<OwnNumber> ownNumber;

  Namespaces(Kernel kernel, TaskFields fields) {
    this.kernel = kernel;
    this.fields = fields;
    KernelTypes types = kernel.types();
    MEMBERS.forEach(
        (name, member) -> {
          Optional<Field> toNamespace = types.findField("nsproxy", member);
          Optional<Field> toNumber = types.findField(STRUCTURES.get(name), "ns.inum");
          if (toNamespace.isPresent() && toNumber.isPresent()) {
            steps.put(name, new Field[] {toNamespace.get(), toNumber.get()});
          }
        });
    userNamespace = types.findField("cred", "user_ns");
    userNumber = types.findField("user_namespace", "ns.inum");
    pidNumber = types.findField("pid_namespace", "ns.inum");
    ownNumber = OwnNumber.of(types);
  }

  /** Their inode numbers by their names in /proc/PID/ns; empty for a task that has ended. */
  Map<String, Long> of(long task) {
    long proxy = kernel.value(fields.namespaces, task);
    Map<String, Long> numbers = new TreeMap<>();
    if (!kernel.isReadable(proxy)) {
      return numbers;
    }
    steps.forEach(
        (name, step) ->
            number(kernel.value(step[0], proxy), Optional.of(step[1]))
                .ifPresent(number -> numbers.put(name, number)));
    number(userNamespaceOf(task), userNumber).ifPresent(number -> numbers.put("user", number));
    long own = ownNumber.map(each -> each.namespaceOf(kernel, task)).orElse(0L);
    number(own, pidNumber).ifPresent(number -> numbers.put("pid", number));
    return numbers;
  }

  /** The address of the namespace that a task's credentials are of; 0 where it is not known. */
  private long userNamespaceOf(long task) {
    long credentials = kernel.value(fields.credentials, task);
    return userNamespace.isPresent() && kernel.isReadable(credentials)
        ? kernel.value(userNamespace.get(), credentials)
        : 0;
  }

  private OptionalLong number(long namespace, Optional<Field> field) {
    return field.isPresent() && kernel.isReadable(namespace)
        ? OptionalLong.of(kernel.value(field.get(), namespace))
        : OptionalLong.empty();
  }

  /**
   * From a task to its {@code struct pid}, which has a number for each level of pid namespaces: the
   * deepest one is of the namespace that the task is in (task_active_pid_ns).
   */
  private record OwnNumber(
      Field pidOfTask, Field level, Field numbers, int stride, Field namespace) {

    static Optional<OwnNumber> of(KernelTypes types) {
      Optional<Field> pid =
          types
              .findField("task_struct", "thread_pid")
              // Up to 4.18: the first struct pid_link of an array.
              .or(
                  () ->
                      types
                          .findField("task_struct", "pids")
                          .flatMap(
                              pids ->
                                  types
                                      .findField("pid_link", "pid")
                                      .map(
                                          in -> Field.of(pids.offset() + in.offset(), in.size()))));
      Optional<Field> level = types.findField("pid", "level");
      Optional<Field> numbers = types.findField("pid", "numbers");
      Optional<Field> namespace = types.findField("upid", "ns");
      if (pid.isEmpty() || level.isEmpty() || numbers.isEmpty() || namespace.isEmpty()) {
        return Optional.empty();
      }
      int stride = types.struct("upid").size();
      return Optional.of(
          new OwnNumber(pid.get(), level.get(), numbers.get(), stride, namespace.get()));
    }

    /** The address of the namespace; 0 when the task has no number any more. */
    long namespaceOf(Kernel kernel, long task) {
      long pid = kernel.value(pidOfTask, task);
      if (!kernel.isReadable(pid)) {
        return 0;
      }
      long depth = kernel.value(level, pid);
      return depth < 0 || depth > MOST_LEVELS
          ? 0
          : kernel.value(namespace, numbers.at(pid) + depth * stride);
    }
  }
}
