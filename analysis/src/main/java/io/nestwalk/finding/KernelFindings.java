package io.nestwalk.finding;

import io.nestwalk.machine.Machine;
import io.nestwalk.system.CheckResult;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.Suspicion;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** What the checks of a machine's kernel found. */
final class KernelFindings {

  private KernelFindings() {}

  /** The findings; one system that is two machines is examined as one of them. */
  static List<Finding> of(Machine machine) {
    List<Finding> findings = new ArrayList<>();
    for (CheckResult check : checks(machine)) {
      for (Suspicion each : check.found()) {
        findings.add(finding(machine, check, each));
      }
    }
    return findings;
  }

  private static Finding finding(Machine machine, CheckResult check, Suspicion each) {
    StringBuilder text = new StringBuilder(check.rule()).append(": ").append(each.text());
    if (each.target().isPresent()) {
      text.append(" (0x%x".formatted(each.target().getAsLong()));
      each.targetName().ifPresent(name -> text.append(", ").append(name));
      text.append(')');
    }
    return new Finding(
        Rule.CHANGED_KERNEL,
        machine.id(),
        each.pid(),
        nameOf(machine, each.pid()),
        text.toString(),
        OptionalLong.of(each.address()),
        List.of(),
        0);
  }

  private static Optional<String> nameOf(Machine machine, OptionalInt pid) {
    return pid.isEmpty() || machine.system().isEmpty()
        ? Optional.empty()
        : machine.system().get().processes().stream()
            .filter(process -> process.pid() == pid.getAsInt())
            .map(GuestProcess::name)
            .findFirst();
  }

  private static List<CheckResult> checks(Machine machine) {
    return machine
        .system()
        .filter(system -> machine.sameSystemAs().isEmpty())
        .filter(system -> !system.unknown().contains(GuestSystem.Subject.CHECKS))
        .map(GuestSystem::checks)
        .orElse(List.of());
  }

  /** Whether any check looked at anything. */
  static boolean any(Machine machine) {
    return checks(machine).stream().anyMatch(check -> check.examined() > 0);
  }

  /** Why the kernel was not examined, or which checks of it could look at nothing. */
  static Optional<String> obstacle(Machine machine) {
    if (machine.system().isEmpty()) {
      return Optional.of(Examination.NO_SYSTEM);
    }
    if (machine.system().get().unknown().contains(GuestSystem.Subject.CHECKS)) {
      return Optional.of("no checks of this kernel are known");
    }
    List<CheckResult> checks = checks(machine);
    if (checks.isEmpty()) {
      return Optional.of("its checks failed");
    }
    String blind =
        checks.stream()
            .filter(check -> check.examined() == 0)
            .map(CheckResult::rule)
            .collect(Collectors.joining(", "));
    return blind.isEmpty()
        ? Optional.empty()
        : Optional.of("in part: nothing to look at for %s; 'check' says why".formatted(blind));
  }
}
