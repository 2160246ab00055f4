package io.nestwalk.system;

import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A process or kernel thread.
 *
 * @param pid its number, in the machine's first pid namespace
 * @param tgid the number of its thread group, which is {@code pid}
 * @param ppid its parent's number, 0 for none
 * @param name its short name, at most 15 bytes
 * @param path of the file that it runs; {@code " (deleted)"} follows when that is gone
 * @param commandLine its arguments with blanks between
 * @param uid its real user id
 * @param startTime when it was started, by the system's clock
 * @param state one letter, as {@code ps} has it
 * @param threads how many threads it has
 * @param root physical address of its root table, in the machine; empty for kernel threads
 * @param userRoot the root table of its user half, where page tables are isolated
 * @param object kernel address of what describes it: {@code task_struct}
 * @param seenBy the independent sources that list it
 * @param kernelThread whether it runs in the kernel alone
 * @param namespaces the inode numbers of the namespaces it is in, by their names in /proc/PID/ns
 * @param cgroup its control group's path
 */
public record GuestProcess(
    int pid,
    int tgid,
    int ppid,
    String name,
    Optional<String> path,
    Optional<String> commandLine,
    OptionalLong uid,
    Optional<Instant> startTime,
    String state,
    OptionalInt threads,
    OptionalLong root,
    OptionalLong userRoot,
    long object,
    Set<String> seenBy,
    boolean kernelThread,
    Map<String, Long> namespaces,
    Optional<String> cgroup) {

  /** Copies the sets, sorted. */
  public GuestProcess {
    seenBy = Collections.unmodifiableSet(new TreeSet<>(seenBy));
    namespaces = Collections.unmodifiableMap(new TreeMap<>(namespaces));
  }
}
