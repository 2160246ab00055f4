package io.nestwalk.diff;

import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The processes of one machine in two images.
 *
 * @param pairs those that both have: of one number and one start
 * @param went those of the first that the second lacks
 * @param came those of the second that the first lacks
 */
record ProcessPairs(List<Pair> pairs, List<GuestProcess> went, List<GuestProcess> came) {

  /** A process in both images. */
  record Pair(GuestProcess before, GuestProcess after) {}

  static ProcessPairs of(GuestSystem before, GuestSystem after) {
    return of(
        before.processes(), before.facts().bootTime(), after.processes(), after.facts().bootTime());
  }

  static ProcessPairs of(
      List<GuestProcess> before,
      Optional<Instant> firstBoot,
      List<GuestProcess> after,
      Optional<Instant> secondBoot) {
    Map<Integer, List<GuestProcess>> left = new LinkedHashMap<>();
    for (GuestProcess process : before) {
      left.computeIfAbsent(process.pid(), _ -> new ArrayList<>()).add(process);
    }
    List<Pair> pairs = new ArrayList<>();
    List<GuestProcess> came = new ArrayList<>();
    for (GuestProcess process : after) {
      taken(left.getOrDefault(process.pid(), List.of()), process, firstBoot, secondBoot)
          .ifPresentOrElse(known -> pairs.add(new Pair(known, process)), () -> came.add(process));
    }
    List<GuestProcess> went = left.values().stream().flatMap(List::stream).toList();
    return new ProcessPairs(pairs, went, came);
  }

  private static Optional<GuestProcess> taken(
      List<GuestProcess> candidates,
      GuestProcess process,
      Optional<Instant> firstBoot,
      Optional<Instant> secondBoot) {
    for (Iterator<GuestProcess> left = candidates.iterator(); left.hasNext(); ) {
      GuestProcess candidate = left.next();
      if (sameStart(candidate, process, firstBoot, secondBoot)) {
        left.remove();
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }

  /**
   * A clock that is set between the images moves all starts that are counted from the boot, and the
   * boot time with them: then what lies between the two is the same.
   */
  private static boolean sameStart(
      GuestProcess before,
      GuestProcess after,
      Optional<Instant> firstBoot,
      Optional<Instant> secondBoot) {
    if (before.startTime().isEmpty() || after.startTime().isEmpty()) {
      return before.object() == after.object() || before.name().equals(after.name());
    }
    Instant first = before.startTime().get();
    Instant second = after.startTime().get();
    return first.equals(second)
        || (firstBoot.isPresent()
            && secondBoot.isPresent()
            && Duration.between(firstBoot.get(), first)
                .equals(Duration.between(secondBoot.get(), second)));
  }
}
