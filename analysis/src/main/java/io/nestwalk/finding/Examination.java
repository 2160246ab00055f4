package io.nestwalk.finding;

import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.machine.SharedPages;
import io.nestwalk.system.GuestSystem;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which rules were applied to a machine, and which could not be and why. Rules that concern nothing
 * that the machine has (a second level, on the host) are in neither.
 *
 * @param machine the machine
 * @param examined the rules that were applied
 * @param omitted the rules that could not be, each with the reason; one that was applied in part is
 *     in both
 */
public record Examination(String machine, Set<Rule> examined, Map<Rule, String> omitted) {

  /** What can be examined of a machine, among all of its image. */
  public static Examination of(Machines machines, Machine machine) {
    // What a machine's guests share is a finding of the machine.
    Optional<SharedPages.Result> shared =
        machines.guestsOf(machine.id()).size() > 1
            ? Optional.of(SharedPages.of(machines, machine))
            : Optional.empty();
    Set<Rule> examined = EnumSet.noneOf(Rule.class);
    Map<Rule, String> omitted = new EnumMap<>(Rule.class);
    for (Rule rule : Rule.values()) {
      boolean alone = rule.subject() == Rule.Subject.GUESTS && shared.isEmpty();
      if (!alone && applies(rule, machine)) {
        Optional<String> obstacle = obstacle(rule, machine, shared);
        obstacle.ifPresent(reason -> omitted.put(rule, reason));
        if (obstacle.isEmpty() || isInPart(rule, machine, shared)) {
          examined.add(rule);
        }
      }
    }
    return new Examination(machine.id(), examined, omitted);
  }

  /** Whether what speaks against a rule left something to examine. */
  private static boolean isInPart(Rule rule, Machine machine, Optional<SharedPages.Result> shared) {
    return switch (rule.subject()) {
      case KERNEL -> KernelFindings.any(machine);
      case GUESTS -> shared.filter(each -> !each.compared().isEmpty()).isPresent();
      default -> false;
    };
  }

  /** Those of all machines, of which those that have ended are not examined. */
  public static List<Examination> of(Machines machines) {
    return Stream.concat(
            machines.all().stream().map(machine -> of(machines, machine)),
            machines.stale().stream().map(Examination::ofStale))
        .toList();
  }

  /** Whether all there is to find by a rule is found, also where the rule concerns nothing. */
  public boolean knows(Rule rule) {
    return examined.contains(rule) || !omitted.containsKey(rule);
  }

  /** Pages of a machine that has ended belong to others: nothing in them stands out. */
  private static Examination ofStale(Machine machine) {
    Map<Rule, String> omitted = new EnumMap<>(Rule.class);
    for (Rule rule : Rule.values()) {
      if (applies(rule, machine)) {
        omitted.put(rule, "it is taken for ended");
      }
    }
    return new Examination(machine.id(), EnumSet.noneOf(Rule.class), omitted);
  }

  private static boolean applies(Rule rule, Machine machine) {
    return switch (rule.subject()) {
      case SECOND_LEVEL, SLOTS -> machine.parent().isPresent() && machine.sameMemoryAs().isEmpty();
      case GUESTS -> machine.sameMemoryAs().isEmpty();
      // One system that is two machines is examined as one of them.
      case MAPPINGS, PROCESSES, ROOTS, KERNEL -> machine.sameSystemAs().isEmpty();
      case PROCESS_MODULES ->
          machine.sameSystemAs().isEmpty()
              && machine
                  .system()
                  .filter(system -> !system.unknown().contains(GuestSystem.Subject.PROCESS_MODULES))
                  .isPresent();
      case PAGES -> true;
    };
  }

  private static Optional<String> obstacle(
      Rule rule, Machine machine, Optional<SharedPages.Result> shared) {
    return switch (rule.subject()) {
      case MAPPINGS, PROCESS_MODULES -> noMappings(machine);
      case PROCESSES -> noProcesses(machine);
      case ROOTS -> noKernel(machine);
      case KERNEL -> KernelFindings.obstacle(machine);
      case GUESTS -> shared.flatMap(SharedPages.Result::obstacle);
      case SECOND_LEVEL -> noSecondLevel(machine);
      case SLOTS ->
          machine.secondLevel().crossCheck().isPresent()
              ? Optional.empty()
              : Optional.of("tables and memory slots are not both known");
      case PAGES -> Optional.empty();
    };
  }

  static final String NO_SYSTEM = "no operating system is recognised";

  private static Optional<String> noMappings(Machine machine) {
    Optional<GuestSystem> system = machine.system();
    if (system.isEmpty()) {
      return Optional.of(NO_SYSTEM);
    }
    return system.get().unknown().contains(GuestSystem.Subject.MAPPINGS)
        ? Optional.of("mappings are not known")
        : Optional.empty();
  }

  private static Optional<String> noProcesses(Machine machine) {
    Optional<GuestSystem> system = machine.system();
    if (system.isEmpty()) {
      return Optional.of(NO_SYSTEM);
    }
    return ProcessRules.sourcesOf(system.get().processes()).size() < 2
        ? Optional.of("fewer than two lists of processes are known")
        : Optional.empty();
  }

  private static Optional<String> noKernel(Machine machine) {
    Optional<GuestSystem> system = machine.system();
    if (system.isEmpty()) {
      return Optional.of(NO_SYSTEM);
    }
    return system.get().facts().kernelPhysical().isEmpty()
        ? Optional.of("where the kernel lies in memory is not known")
        : Optional.empty();
  }

  private static Optional<String> noSecondLevel(Machine machine) {
    SecondLevel second = machine.secondLevel();
    return second.root().isEmpty() || second.kind() == SecondLevel.Kind.SHADOW
        ? Optional.of("no tables of a second level are known")
        : Optional.empty();
  }
}
