package io.nestwalk.report;

import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.report.Stretches.Stretch;

/** How far a layer's physical memory goes: to be known before its picture is begun. */
final class PhysicalExtent {

  private final PhysicalPicture.Axis axis;
  private final Stretches stretches = new Stretches();
  private long from = -1;
  private long to;

  /** Knows of nothing yet. */
  PhysicalExtent(PhysicalPicture.Axis axis) {
    this.axis = axis;
  }

  /** Looks at a run. */
  void add(RunEntry run) {
    long at = axis.of(run);
    if (at == RunEntry.NONE) {
      return;
    }
    long end = at + run.length();
    if (Long.compareUnsigned(at, from) < 0) {
      from = at;
    }
    if (Long.compareUnsigned(end, to) > 0) {
      to = end;
    }
    if (!PhysicalPicture.isLinearMap(run)) {
      stretches.add(at, end);
    }
  }

  /** A picture of all that was looked at, to be drawn; an empty one where that is nothing. */
  PhysicalPicture whole(int mostCells) {
    return to == 0
        ? new PhysicalPicture(axis, 0, 0, mostCells)
        : new PhysicalPicture(axis, from, to, mostCells);
  }

  /** A picture of the largest stretch, to be drawn: without what devices have far off. */
  PhysicalPicture largest(int mostCells) {
    return stretches
        .largest()
        .map((Stretch it) -> new PhysicalPicture(axis, it.start(), it.end(), mostCells))
        .orElseGet(() -> whole(mostCells));
  }
}
