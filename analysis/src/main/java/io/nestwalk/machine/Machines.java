package io.nestwalk.machine;

import io.nestwalk.image.Advice;
import io.nestwalk.wording.Count;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The machines of an image and what was done to find them.
 *
 * @param all the host first, every guest after its parent; none that has ended
 * @param stale guests that have ended, of which tables and control structures are left
 * @param coverage what was looked at
 * @param attempts what was tried and did not lead to a machine, a line each
 * @param warnings what users should know, a line each
 * @param advice which of the warnings are about something that users can say
 */
public record Machines(
    List<Machine> all,
    List<Machine> stale,
    Coverage coverage,
    List<String> attempts,
    List<String> warnings,
    List<Advice> advice) {

  /** So many of those left out are named in a line. */
  private static final int NAMED = 8;

  /**
   * What was looked at, so that "nothing there" differs from "not looked".
   *
   * @param bytesPresent bytes of physical memory that the image holds
   * @param pagesSeen pages that were surveyed
   * @param pagesNotZero how many of them were not all zeros
   */
  public record Coverage(long bytesPresent, long pagesSeen, long pagesNotZero) {}

  /** Copies the lists. */
  public Machines {
    all = List.copyOf(all);
    stale = List.copyOf(stale);
    attempts = List.copyOf(attempts);
    warnings = List.copyOf(warnings);
    advice = List.copyOf(advice);
  }

  /** The host. */
  public Machine host() {
    return all.getFirst();
  }

  /** The guests that run on a machine, each memory once: two systems of one are one guest. */
  public List<Machine> guestsOf(String machine) {
    return all.stream()
        .filter(each -> each.parent().filter(machine::equals).isPresent())
        .filter(each -> each.sameMemoryAs().isEmpty())
        .toList();
  }

  /**
   * Whether an operating system may run on a machine in which none is recognised: questions about
   * its processes were put to nobody, which is to be said.
   */
  public boolean isUnread(Machine machine) {
    return machine.system().isEmpty()
        && machine.sameSystemAs().isEmpty()
        && hypervisorOn(machine.id()).isEmpty();
  }

  /** The hypervisor that runs on a machine in place of an operating system, where one does. */
  public Optional<String> hypervisorOn(String machine) {
    return all.stream()
        .filter(guest -> guest.parent().filter(machine::equals).isPresent())
        .flatMap(guest -> guest.hypervisor().stream())
        .filter(NamedHypervisor::isAlone)
        .map(NamedHypervisor::name)
        .findFirst();
  }

  /**
   * A line that names the machines that no list but the full one has, since they are taken for
   * ended; empty when there are none.
   */
  public Optional<String> leftOut() {
    if (stale.isEmpty()) {
      return Optional.empty();
    }
    Machine first = stale.getFirst();
    String names =
        stale.stream().limit(NAMED).map(Machine::id).collect(Collectors.joining(", "))
            + (stale.size() > NAMED ? " ..." : "");
    return Optional.of(
        "%s taken for ended and shown only where all are asked for: %s; %s: %s"
            .formatted(
                Count.of(stale.size(), "machine", "is", "are"),
                names,
                first.id(),
                first.state().map(state -> state.evidence().text()).orElse("no reason")));
  }

  /** The machine of that name, whether it runs or has ended. */
  public Optional<Machine> named(String id) {
    return Stream.concat(all.stream(), stale.stream())
        .filter(machine -> machine.id().equals(id))
        .findFirst();
  }
}
