package io.nestwalk.finding;

import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.machine.SharedPages;
import io.nestwalk.memory.Layer;
import io.nestwalk.system.PageKind;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Memory that guests of a machine share: one finding for each group of guests. */
final class SharedFindings {

  /** So many groups are told apart. */
  private static final int MOST_GROUPS = 64;

  /** So many runs of pages are listed with a finding; all are counted. */
  private static final int LISTED = 64;

  private static final String MORE = "other groups of guests";

  private final Map<String, Group> groups = new LinkedHashMap<>();

  private SharedFindings() {}

  /** What the guests that run on a machine share. */
  static List<Finding> of(Machines machines, Machine parent) {
    SharedFindings found = new SharedFindings();
    List<SharedPages.Run> runs = SharedPages.of(machines, parent).told(parent).runs();
    // What leads from one guest into another is listed first.
    runs.stream().filter(SharedPages.Run::isOpen).forEach(found::add);
    runs.stream().filter(run -> !run.isOpen()).forEach(found::add);
    List<Finding> findings = new ArrayList<>();
    found.groups.forEach(
        (guests, group) ->
            findings.add(
                Finding.of(
                        Rule.SHARED_PAGES,
                        parent.id(),
                        "%s have %d KiB of memory in common%s, of which more than one may write %d KiB"
                            .formatted(
                                guests, group.bytes >> 10, group.kinds(), group.writable >> 10))
                    .on(group.runs, group.bytes / Layer.PAGE)));
    return findings;
  }

  private static final class Group {
    private final List<Finding.Run> runs = new ArrayList<>();
    private long bytes;
    private long writable;
    private final Map<PageKind, Long> byKind = new EnumMap<>(PageKind.class);

    /** As " (merged 8 KiB, file 4 KiB)"; nothing where that is not known. */
    private String kinds() {
      List<String> each = new ArrayList<>();
      byKind.forEach((kind, size) -> each.add("%s %d KiB".formatted(kind, size >> 10)));
      return each.isEmpty() ? "" : " (%s)".formatted(String.join(", ", each));
    }
  }

  private void add(SharedPages.Run run) {
    String guests =
        String.join(", ", run.owners().stream().map(SharedPages.Owner::machine).toList());
    String name = groups.containsKey(guests) || groups.size() < MOST_GROUPS ? guests : MORE;
    Group group = groups.computeIfAbsent(name, _ -> new Group());
    group.bytes += run.length();
    group.writable += run.isOpen() ? run.length() : 0;
    run.kind().ifPresent(kind -> group.byKind.merge(kind, run.length(), Long::sum));
    if (group.runs.size() < LISTED) {
      SharedPages.Owner first = run.owners().getFirst();
      group.runs.add(
          new Finding.Run(
              first.places().getFirst(), run.host(), run.length(), first.permissions()));
    }
  }
}
