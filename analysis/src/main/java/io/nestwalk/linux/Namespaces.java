package io.nestwalk.linux;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelTypes;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The namespaces of a task: {@code struct nsproxy} (include/linux/nsproxy.h). */
final class Namespaces {

  private static final Map<String, String> MEMBERS =
      Map.of(
          "mnt", "mnt_ns",
          "uts", "uts_ns",
          "ipc", "ipc_ns",
          "pid", "pid_ns_for_children",
          "net", "net_ns",
          "cgroup", "cgroup_ns");

  private static final Map<String, String> STRUCTURES =
      Map.of(
          "mnt", "mnt_namespace",
          "uts", "uts_namespace",
          "ipc", "ipc_namespace",
          "pid", "pid_namespace",
          "net", "net",
          "cgroup", "cgroup_namespace");

  private final Kernel kernel;
  private final Field proxy;

  /** From the proxy to the namespace, and from there to its number. */
  private final Map<String, Field[]> steps = new TreeMap<>();

  Namespaces(Kernel kernel, Field proxy) {
    this.kernel = kernel;
    this.proxy = proxy;
    KernelTypes types = kernel.types();
    MEMBERS.forEach(
        (name, member) -> {
          Optional<Field> toNamespace = types.findField("nsproxy", member);
          Optional<Field> toNumber = types.findField(STRUCTURES.get(name), "ns.inum");
          if (toNamespace.isPresent() && toNumber.isPresent()) {
            steps.put(name, new Field[] {toNamespace.get(), toNumber.get()});
          }
        });
  }

  /** Their inode numbers by their names in /proc/PID/ns; empty for a task that has ended. */
  Map<String, Long> of(long task) {
    long object = kernel.value(proxy, task);
    Map<String, Long> numbers = new TreeMap<>();
    if (kernel.isReadable(object)) {
      steps.forEach(
          (name, step) -> {
            long namespace = kernel.value(step[0], object);
            if (kernel.isReadable(namespace)) {
              numbers.put(name, kernel.value(step[1], namespace));
            }
          });
    }
    return numbers;
  }
}
