package io.nestwalk.linux;

import io.nestwalk.system.Traits;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What Linux alone knows of a process.
 *
 * @param tgid the number of its thread group, which is the pid of the group's first thread
 * @param uid its real user id
 * @param state one letter, as {@code ps} has it
 * @param namespaces the inode numbers of the namespaces it is in, by their names in /proc/PID/ns
 * @param cgroup its control group's path
 */
record LinuxProcess(
    int tgid,
    OptionalLong uid,
    Optional<String> state,
    Map<String, Long> namespaces,
    Optional<String> cgroup)
    implements Traits {

  /** Copies the map, sorted. */
  LinuxProcess {
    namespaces = Collections.unmodifiableMap(new TreeMap<>(namespaces));
  }

  @Override
  public Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("tgid", tgid);
    uid.ifPresent(id -> values.put("uid", id));
    state.ifPresent(letter -> values.put("state", letter));
    values.put("namespaces", namespaces);
    cgroup.ifPresent(path -> values.put("cgroup", path));
    return values;
  }
}
