package io.nestwalk.diff;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.FindingAnswer;
import io.nestwalk.answer.MachineAnswer;
import io.nestwalk.answer.MappingAnswer;
import io.nestwalk.answer.ModuleAnswer;
import io.nestwalk.answer.ProcessAnswer;
import io.nestwalk.answer.SocketAnswer;
import io.nestwalk.finding.Examination;
import io.nestwalk.finding.Finding;
import io.nestwalk.finding.FindingSearch;
import io.nestwalk.finding.Rule;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Compares the machines of two images and what is in them. */
public final class ImageComparison {

  private final boolean eachMapping;
  private final List<Difference> differences = new ArrayList<>();
  private final List<NotCompared> omitted = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  private ImageComparison(boolean eachMapping) {
    this.eachMapping = eachMapping;
  }

  /**
   * What was found.
   *
   * @param differences by kind within a machine, the host's first
   * @param omitted what could not be compared
   * @param warnings a line each: machines that seem to be different ones
   */
  public record Result(
      List<Difference> differences, List<NotCompared> omitted, List<String> warnings) {

    /** Copies the lists. */
    public Result {
      differences = List.copyOf(differences);
      omitted = List.copyOf(omitted);
      warnings = List.copyOf(warnings);
    }
  }

  /**
   * Compares two images.
   *
   * @param eachMapping whether mappings are compared one by one; else how many each process has
   */
  public static Result of(Machines before, Machines after, boolean eachMapping) {
    ImageComparison comparison = new ImageComparison(eachMapping);
    comparison.compare(before, after);
    return new Result(comparison.differences, comparison.omitted, comparison.warnings);
  }

  private void compare(Machines before, Machines after) {
    MachinePairs machines = MachinePairs.of(before, after);
    Map<String, List<Finding>> first = findings(before);
    Map<String, List<Finding>> second = findings(after);
    for (MachinePairs.Pair pair : machines.pairs()) {
      String id = pair.after().id();
      pair.doubt()
          .ifPresent(
              reason ->
                  warnings.add(
                      "%s: the images seem to be of different machines, or of different boots of one: %s"
                          .formatted(id, reason)));
      compared(RowKind.MACHINE, id, row(pair.before()), row(pair.after()));
      systems(pair);
      findings(
          pair,
          Examination.of(before, pair.before()),
          first.getOrDefault(pair.before().id(), List.of()),
          Examination.of(after, pair.after()),
          second.getOrDefault(id, List.of()));
    }
    machines.went().forEach(each -> went(RowKind.MACHINE, each.id(), row(each)));
    machines.came().forEach(each -> came(RowKind.MACHINE, each.id(), row(each)));
  }

  private void systems(MachinePairs.Pair pair) {
    Optional<GuestSystem> before = pair.before().system();
    Optional<GuestSystem> after = pair.after().system();
    if (before.isPresent() && after.isPresent()) {
      processes(pair, before.get(), after.get());
      modules(pair, before.get(), after.get());
      sockets(pair, before.get(), after.get());
    } else if (pair.before().sameSystemAs().isEmpty() || pair.after().sameSystemAs().isEmpty()) {
      String reason =
          before.isEmpty() && after.isEmpty()
              ? "no operating system is recognised"
              : "an operating system is recognised only in the %s image"
                  .formatted(before.isPresent() ? "first" : "second");
      EnumSet.of(RowKind.PROCESS, RowKind.MAPPING, RowKind.MODULE, RowKind.SOCKET)
          .forEach(kind -> omitted.add(new NotCompared(pair.after().id(), kind, reason)));
    }
  }

  private void processes(MachinePairs.Pair pair, GuestSystem before, GuestSystem after) {
    String id = pair.after().id();
    boolean mappings = known(id, RowKind.MAPPING, GuestSystem.Subject.MAPPINGS, before, after);
    ProcessPairs processes = ProcessPairs.of(before, after);
    for (GuestProcess each : processes.went()) {
      went(RowKind.PROCESS, id, ProcessAnswer.of(pair.before().id(), each));
    }
    for (GuestProcess each : processes.came()) {
      came(RowKind.PROCESS, id, ProcessAnswer.of(id, each));
    }
    for (ProcessPairs.Pair each : processes.pairs()) {
      ObjectNode first = ProcessAnswer.of(pair.before().id(), each.before());
      ObjectNode second = ProcessAnswer.of(id, each.after());
      if (mappings && !eachMapping) {
        // Of a process that has ended none are left, which "exited" says.
        first.put("mappings", before.mappings(each.before()).size());
        second.put("mappings", after.mappings(each.after()).size());
      }
      compared(RowKind.PROCESS, id, first, second);
      if (mappings && eachMapping) {
        lists(
            RowKind.MAPPING,
            id,
            mappings(pair.before(), before, each.before()),
            mappings(pair.after(), after, each.after()));
      }
    }
  }

  private void modules(MachinePairs.Pair pair, GuestSystem before, GuestSystem after) {
    String id = pair.after().id();
    if (known(id, RowKind.MODULE, GuestSystem.Subject.MODULES, before, after)) {
      lists(
          RowKind.MODULE,
          id,
          before.modules().stream().map(each -> ModuleAnswer.of(pair.before().id(), each)).toList(),
          after.modules().stream().map(each -> ModuleAnswer.of(id, each)).toList());
    }
  }

  private void sockets(MachinePairs.Pair pair, GuestSystem before, GuestSystem after) {
    String id = pair.after().id();
    if (!known(id, RowKind.SOCKET, GuestSystem.Subject.SOCKETS, before, after)) {
      return;
    }
    List<String> missingBefore = new ArrayList<>();
    List<String> missingAfter = new ArrayList<>();
    List<ObjectNode> first = SocketAnswer.all(pair.before().id(), before, missingBefore::add);
    List<ObjectNode> second = SocketAnswer.all(id, after, missingAfter::add);
    if (missingBefore.equals(missingAfter)) {
      missingAfter.forEach(each -> omitted.add(new NotCompared(id, RowKind.SOCKET, each)));
      lists(RowKind.SOCKET, id, first, second);
    } else {
      // What one image's tables have and the other's could not be read for has neither come nor
      // gone.
      missingBefore.forEach(
          each -> omitted.add(new NotCompared(id, RowKind.SOCKET, "first image: " + each)));
      missingAfter.forEach(
          each -> omitted.add(new NotCompared(id, RowKind.SOCKET, "second image: " + each)));
    }
  }

  private void findings(
      MachinePairs.Pair pair,
      Examination first,
      List<Finding> before,
      Examination second,
      List<Finding> after) {
    String id = pair.after().id();
    Map<String, List<String>> obstacles = new LinkedHashMap<>();
    first.omitted().forEach((rule, reason) -> add(obstacles, "first image: " + reason, rule));
    second.omitted().forEach((rule, reason) -> add(obstacles, "second image: " + reason, rule));
    obstacles.forEach(
        (reason, rules) ->
            omitted.add(
                new NotCompared(
                    id, RowKind.FINDING, "%s (%s)".formatted(String.join(", ", rules), reason))));
    Set<Rule> both = EnumSet.allOf(Rule.class);
    both.removeIf(rule -> !first.knows(rule) || !second.knows(rule));
    lists(RowKind.FINDING, id, rows(before, both), rows(after, both));
  }

  private static void add(Map<String, List<String>> obstacles, String reason, Rule rule) {
    obstacles.computeIfAbsent(reason, _ -> new ArrayList<>()).add(rule.toString());
  }

  private static List<ObjectNode> rows(List<Finding> findings, Set<Rule> wanted) {
    return findings.stream()
        .filter(each -> wanted.contains(each.rule()))
        .map(FindingAnswer::of)
        .toList();
  }

  private static Map<String, List<Finding>> findings(Machines machines) {
    Map<String, List<Finding>> byMachine = new LinkedHashMap<>();
    for (Finding each : FindingSearch.in(machines)) {
      byMachine.computeIfAbsent(each.machine(), _ -> new ArrayList<>()).add(each);
    }
    return byMachine;
  }

  /** Whether both systems can tell a thing; else that is noted. */
  private boolean known(
      String machine,
      RowKind kind,
      GuestSystem.Subject subject,
      GuestSystem before,
      GuestSystem after) {
    boolean first = !before.unknown().contains(subject);
    boolean second = !after.unknown().contains(subject);
    if (!first || !second) {
      String where = first ? "second image: " : second ? "first image: " : "";
      omitted.add(
          new NotCompared(machine, kind, "%sits %s are not known".formatted(where, subject)));
    }
    return first && second;
  }

  private static List<ObjectNode> mappings(
      Machine machine, GuestSystem system, GuestProcess process) {
    return system.mappings(process).stream()
        .map(each -> MappingAnswer.of(machine.id(), process.pid(), process.name(), each))
        .toList();
  }

  private static ObjectNode row(Machine machine) {
    return MachineAnswer.of(machine, machine.system().map(GuestSystem::facts));
  }

  /** Compares two lists whose rows say themselves which belong together. */
  private void lists(
      RowKind kind, String machine, List<ObjectNode> before, List<ObjectNode> after) {
    Map<List<JsonNode>, Deque<ObjectNode>> left = new LinkedHashMap<>();
    for (ObjectNode row : before) {
      left.computeIfAbsent(kind.identity(row), _ -> new ArrayDeque<>()).add(row);
    }
    List<ObjectNode> unknown = new ArrayList<>();
    for (ObjectNode row : after) {
      ObjectNode same = left.getOrDefault(kind.identity(row), new ArrayDeque<>(0)).poll();
      if (same == null) {
        unknown.add(row);
      } else {
        compared(kind, machine, same, row);
      }
    }
    left.values().forEach(rows -> rows.forEach(row -> went(kind, machine, row)));
    unknown.forEach(row -> came(kind, machine, row));
  }

  private void compared(RowKind kind, String machine, ObjectNode before, ObjectNode after) {
    List<String> keys = kind.differing(before, after);
    if (!keys.isEmpty()) {
      differences.add(
          new Difference(
              Change.CHANGED, kind, machine, keys, Optional.of(before), Optional.of(after)));
    }
  }

  private void went(RowKind kind, String machine, ObjectNode row) {
    differences.add(
        new Difference(Change.WENT, kind, machine, List.of(), Optional.of(row), Optional.empty()));
  }

  private void came(RowKind kind, String machine, ObjectNode row) {
    differences.add(
        new Difference(Change.CAME, kind, machine, List.of(), Optional.empty(), Optional.of(row)));
  }
}
