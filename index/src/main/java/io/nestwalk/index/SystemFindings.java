package io.nestwalk.index;

import io.nestwalk.index.Entry.FindingEntry;
import io.nestwalk.machine.GuestProcess;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.ViewComparison;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** Where two sources of one machine contradict each other. */
final class SystemFindings {

  private SystemFindings() {}

  /** Pages that second-level tables and memory slots map differently. */
  static List<FindingEntry> ofViews(Machine machine) {
    Optional<ViewComparison> views = machine.secondLevel().views();
    if (views.isEmpty()) {
      return List.of();
    }
    return views.get().disagreements().stream()
        .map(
            page ->
                new FindingEntry(
                    machine.id(),
                    OptionalInt.empty(),
                    Optional.empty(),
                    "views-disagree",
                    "guest-physical 0x%x is host 0x%x in the second-level tables, 0x%x in the slots"
                        .formatted(page.guest(), page.byTables(), page.bySlots()),
                    Optional.of(page.guest())))
        .toList();
  }

  /**
   * A process that not all sources list. Threads and the idle task are not in all of them by
   * nature; the sources' own order of events may explain one that has just begun or ended.
   *
   * @param sources all that list any process of this machine
   */
  static List<FindingEntry> ofSources(String machine, GuestProcess process, Set<String> sources) {
    if (process.pid() == 0 || process.seenBy().containsAll(sources)) {
      return List.of();
    }
    Set<String> missing = new TreeSet<>(sources);
    missing.removeAll(process.seenBy());
    return List.of(
        new FindingEntry(
            machine,
            OptionalInt.of(process.pid()),
            Optional.of(process.name()),
            "not-in-all-lists",
            "process %d %s is in %s but not in %s"
                .formatted(
                    process.pid(),
                    process.name(),
                    String.join(", ", process.seenBy()),
                    String.join(", ", missing)),
            Optional.of(process.object())));
  }
}
