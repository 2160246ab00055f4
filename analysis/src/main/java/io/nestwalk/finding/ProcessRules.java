package io.nestwalk.finding;

import io.nestwalk.system.GuestProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The rules about processes. */
public final class ProcessRules {

  private final String machine;
  private final Set<String> sources;

  /**
   * The rules for one machine.
   *
   * @param processes all of its processes
   */
  public ProcessRules(String machine, List<GuestProcess> processes) {
    this.machine = machine;
    this.sources = sourcesOf(processes);
  }

  /** All sources that list any of these processes. */
  static Set<String> sourcesOf(List<GuestProcess> processes) {
    return processes.stream()
        .flatMap(process -> process.seenBy().stream())
        .collect(Collectors.toSet());
  }

  /** All findings about a process. */
  public List<Finding> of(GuestProcess process) {
    List<Finding> all = new ArrayList<>(lists(process));
    for (String contradiction : process.contradictions()) {
      all.add(
          Finding.of(
                  Rule.CONTRADICTS_KERNEL,
                  machine,
                  "process %d %s: %s".formatted(process.pid(), process.name(), contradiction))
              .in(process, process.object()));
    }
    return all;
  }

  /**
   * A process that not all sources list. The idle task is not in all of them by nature, nor is one
   * that has ended; the sources' own order of events may explain one that has just begun.
   */
  private List<Finding> lists(GuestProcess process) {
    Set<String> missing = new TreeSet<>(sources);
    process.expectedIn().ifPresent(missing::retainAll);
    missing.removeAll(process.seenBy());
    if (process.pid() == 0 || process.exited() || missing.isEmpty()) {
      return List.of();
    }
    String text =
        "process %d %s is in %s but not in %s"
            .formatted(
                process.pid(),
                process.name(),
                String.join(", ", process.seenBy()),
                String.join(", ", missing));
    return List.of(Finding.of(Rule.NOT_IN_ALL_LISTS, machine, text).in(process, process.object()));
  }
}
