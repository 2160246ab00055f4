package io.nestwalk.search;

import io.nestwalk.machine.Machine;
import io.nestwalk.machine.NamedHypervisor;
import io.nestwalk.system.GuestSystem;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * Gives Xen's domains the names that its first domain keeps for all of them, beside their numbers.
 */
final class DomainNames {

  private DomainNames() {}

  /** Names what can be named among machines. */
  static void give(List<Machine> machines) {
    for (Machine first : List.copyOf(machines)) {
      if (numberOf(first).equals(OptionalInt.of(0))) {
        Map<Integer, String> names = first.system().map(GuestSystem::domainNames).orElse(Map.of());
        machines.replaceAll(
            each -> Objects.equals(each.parent(), first.parent()) ? named(each, names) : each);
      }
    }
  }

  private static OptionalInt numberOf(Machine machine) {
    return machine.secondLevel().hypervisor().stream()
        .filter(known -> known.name().equals(NamedHypervisor.XEN))
        .flatMapToInt(known -> known.domain().stream())
        .findFirst();
  }

  private static Machine named(Machine machine, Map<Integer, String> names) {
    OptionalInt number = numberOf(machine);
    String name = number.isPresent() ? names.get(number.getAsInt()) : null;
    return name == null ? machine : machine.called(name);
  }
}
