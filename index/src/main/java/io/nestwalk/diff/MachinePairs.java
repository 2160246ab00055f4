package io.nestwalk.diff;

import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.roots.Root;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.SystemFacts;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiPredicate;

/**
 * Which machine of the first image is which of the second. Ids count the guests that an image
 * holds, so that a guest that ended may leave its id to another: what booted together counts more.
 *
 * @param pairs the machines that both have
 * @param went those of the first that the second lacks
 * @param came those of the second that the first lacks
 */
record MachinePairs(List<Pair> pairs, List<Machine> went, List<Machine> came) {

  /** Clocks are set while a machine runs, and then it seems to have booted at another time. */
  private static final Duration DRIFT = Duration.ofMinutes(2);

  /** From the surest to the least sure. */
  private static final List<BiPredicate<Machine, Machine>> SIGNS =
      List.of(
          (a, b) -> sameBoot(a, b) && sameRoot(a, b) && sameId(a, b),
          (a, b) -> sameBoot(a, b) && sameRoot(a, b),
          (a, b) -> sameBoot(a, b) && sameId(a, b),
          MachinePairs::sameBoot,
          MachinePairs::sameRoot,
          MachinePairs::sameId);

  /** A machine in both images. */
  record Pair(Machine before, Machine after) {

    /** Why the two seem to be different machines; empty where they do not. */
    Optional<String> doubt() {
      if (before.system().isEmpty() || after.system().isEmpty()) {
        return Optional.empty();
      }
      SystemFacts first = before.system().get().facts();
      SystemFacts second = after.system().get().facts();
      if (!kernel(first).equals(kernel(second))) {
        return Optional.of(
            "the first runs %s, the second %s".formatted(kernel(first), kernel(second)));
      }
      if (first.kernelBase() != second.kernelBase()) {
        return Optional.of(
            "the first's kernel lies at 0x%x, the second's at 0x%x"
                .formatted(first.kernelBase(), second.kernelBase()));
      }
      if (apart(first.bootTime(), second.bootTime())) {
        return Optional.of(
            "the first was booted at %s, the second at %s"
                .formatted(first.bootTime().orElseThrow(), second.bootTime().orElseThrow()));
      }
      return Optional.empty();
    }
  }

  static MachinePairs of(Machines before, Machines after) {
    List<Machine> first = new ArrayList<>(before.all());
    List<Machine> second = new ArrayList<>(after.all());
    List<Pair> pairs = new ArrayList<>();
    Map<String, String> ids = new HashMap<>();
    pair(first, second, MachinePairs::areHosts, pairs, ids);
    // Guests of guests can be paired once those around them are.
    int known;
    do {
      known = pairs.size();
      for (BiPredicate<Machine, Machine> sign : SIGNS) {
        pair(first, second, sign.and((a, b) -> sameParent(a, b, ids)), pairs, ids);
      }
    } while (pairs.size() > known);
    return new MachinePairs(pairs, first, second);
  }

  private static void pair(
      List<Machine> first,
      List<Machine> second,
      BiPredicate<Machine, Machine> sign,
      List<Pair> pairs,
      Map<String, String> ids) {
    for (Machine before : List.copyOf(first)) {
      second.stream()
          .filter(after -> sign.test(before, after))
          .findFirst()
          .ifPresent(
              after -> {
                first.remove(before);
                second.remove(after);
                pairs.add(new Pair(before, after));
                ids.put(before.id(), after.id());
              });
    }
  }

  private static boolean areHosts(Machine before, Machine after) {
    return before.parent().isEmpty() && after.parent().isEmpty();
  }

  private static boolean sameParent(Machine before, Machine after, Map<String, String> ids) {
    return before.parent().map(ids::get).equals(after.parent());
  }

  private static boolean sameId(Machine before, Machine after) {
    return before.id().equals(after.id());
  }

  private static boolean sameRoot(Machine before, Machine after) {
    OptionalLong root = rootOf(before);
    return root.isPresent() && root.equals(rootOf(after));
  }

  private static OptionalLong rootOf(Machine machine) {
    return machine.secondLevel().root().map(Root::address).stream()
        .mapToLong(Long::longValue)
        .findFirst();
  }

  private static boolean sameBoot(Machine before, Machine after) {
    Optional<SystemFacts> first = before.system().map(GuestSystem::facts);
    Optional<SystemFacts> second = after.system().map(GuestSystem::facts);
    return first.isPresent()
        && second.isPresent()
        && first.get().bootTime().isPresent()
        && second.get().bootTime().isPresent()
        && new Pair(before, after).doubt().isEmpty();
  }

  private static boolean apart(Optional<Instant> first, Optional<Instant> second) {
    return first.isPresent()
        && second.isPresent()
        && Duration.between(first.get(), second.get()).abs().compareTo(DRIFT) > 0;
  }

  private static String kernel(SystemFacts facts) {
    return facts.banner().orElse(facts.name() + " " + facts.version());
  }
}
