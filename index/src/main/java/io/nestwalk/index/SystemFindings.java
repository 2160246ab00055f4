package io.nestwalk.index;

import io.nestwalk.index.Entry.FindingEntry;
import io.nestwalk.machine.Finding;
import io.nestwalk.machine.Machine;
import io.nestwalk.system.GuestProcess;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Where two sources of one machine contradict each other. */
final class SystemFindings {

  private SystemFindings() {}

  /** What does not fit in a machine's layers, one entry for each run of pages. */
  static List<FindingEntry> ofLayers(Machine machine, List<Finding> findings) {
    return findings.stream()
        .filter(finding -> finding.machine().equals(machine.id()))
        .flatMap(
            finding ->
                finding.pages().isEmpty()
                    ? Stream.of(entry(finding, Optional.empty()))
                    : finding.pages().stream().map(run -> entry(finding, Optional.of(run))))
        .toList();
  }

  private static FindingEntry entry(Finding finding, Optional<Finding.Run> run) {
    String where =
        run.map(
                pages ->
                    ": guest-physical 0x%x, host 0x%x, %d bytes"
                        .formatted(pages.guest(), pages.host(), pages.length()))
            .orElse("");
    return new FindingEntry(
        finding.machine(),
        OptionalInt.empty(),
        Optional.empty(),
        finding.kind().toString(),
        finding.text() + where,
        run.map(Finding.Run::guest));
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
