package io.nestwalk.windows.kernel;

import io.nestwalk.types.Field;
import io.nestwalk.windows.layout.Layout;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Holds a layout against the processes themselves: members move from update to update of one build,
 * so that a table of builds is a proposal, not the truth. What does not hold is replaced by what
 * does, or forgotten.
 */
final class LayoutVerification {

  private static final int UNKNOWN = 0x400;

  /** What fewer processes show may be chance. */
  private static final int FEWEST = 3;

  private final ProcessSamples samples;
  private final Optional<Instant> now;

  LayoutVerification(ProcessSamples samples, Optional<Instant> now) {
    this.samples = samples;
    this.now = now;
  }

  /** The layout with the places that hold. */
  Layout verified(Layout layout) {
    if (samples.count() < FEWEST) {
      return layout;
    }
    Layout result = new ThreadProbes(samples).verified(layout);
    ProcessProbes probes = new ProcessProbes(samples, now);
    result = verified(result, probes.independent(result));
    return verified(result, probes.dependent(result));
  }

  private static Layout verified(Layout layout, List<Probe> probes) {
    Layout result = layout;
    for (Probe probe : probes) {
      Optional<Field> told = layout.findField(probe.struct(), probe.path());
      if (told.isPresent() && probe.holds(told.get().offset())) {
        continue;
      }
      Optional<Field> found = probe.near(told.map(Field::offset).orElse(UNKNOWN));
      if (found.isPresent()) {
        result = result.with(probe.struct(), probe.path(), found.get());
      } else if (told.isPresent() && !probe.allowed().test(told.get().offset())) {
        result = result.without(probe.struct(), probe.path());
      }
    }
    return result;
  }
}
