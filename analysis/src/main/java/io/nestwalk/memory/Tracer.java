package io.nestwalk.memory;

import io.nestwalk.image.Memory;
import io.nestwalk.memory.Trace.Reference;
import io.nestwalk.memory.Trace.TraceFault;
import io.nestwalk.paging.Fault;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Step;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walk;
import io.nestwalk.paging.Walker;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Tells the walk of an address through all layers, as a processor does it: each entry of a guest's
 * table is itself at a guest-physical address, which is translated before the entry can be read.
 * Two layers of four levels make up to 24 references.
 */
public final class Tracer {

  private static final int ACCESS = Permissions.READ | Permissions.WRITE | Permissions.EXECUTE;

  private final List<String> dimensions;
  private final List<Reference> references = new ArrayList<>();
  private final List<Long> stops = new ArrayList<>();
  private long pageSize = Long.MAX_VALUE;
  private int permissions = Permissions.ALL;
  private TraceFault fault;

  private Tracer(List<String> dimensions) {
    this.dimensions = dimensions;
  }

  /**
   * Tells the walk of {@code address}.
   *
   * @param memory where the address is meant
   * @param dimensions names of the layers from {@code memory} down, one for each
   */
  public static Trace trace(Memory memory, long address, List<String> dimensions) {
    Tracer tracer = new Tracer(dimensions);
    long position = address;
    Memory current = memory;
    int depth = 0;
    tracer.stops.add(position);
    while (current instanceof Layer layer) {
      long next = tracer.through(layer, position, depth, true);
      if (Translation.isFault(next)) {
        break;
      }
      position = Translation.address(next);
      tracer.stops.add(position);
      tracer.pageSize = Math.min(tracer.pageSize, Translation.pageSize(next));
      current = layer.below();
      depth++;
    }
    boolean failed = tracer.fault != null;
    return new Trace(
        tracer.references,
        tracer.stops,
        failed ? 0 : tracer.pageSize,
        failed ? 0 : tracer.permissions,
        Optional.ofNullable(tracer.fault));
  }

  /**
   * One layer's walk.
   *
   * @param counts whether the layer's permissions apply to the address asked for: not when a table
   *     of an upper layer is being reached
   */
  private long through(Layer layer, long address, int depth, boolean counts) {
    if (layer instanceof JoinedMemory joined) {
      // What the tables lack the hypervisor's slots may know: then no table entry is read.
      boolean byFirst = !Translation.isFault(joined.first().translate(address));
      boolean bySecond = !byFirst && !Translation.isFault(joined.second().translate(address));
      return through(bySecond ? joined.second() : joined.first(), address, depth, counts);
    }
    if (!(layer instanceof TranslatedMemory translated)) {
      long next = layer.translate(address);
      if (Translation.isFault(next)) {
        fail(depth, Optional.empty(), Translation.fault(next), 0);
      }
      return next;
    }
    Walker walker = translated.walkerFor(address);
    Walk walk = walker.tell(address);
    for (Step step : walk.steps()) {
      long entry = lowestOf(walker.tables(), step.entryAddress(), depth + 1);
      references.add(new Reference(dimension(depth), step, entry, walk.meaning(step)));
      if (entry < 0) {
        return Translation.of(Fault.NOT_MAPPED_BELOW);
      }
    }
    if (walk.isFault()) {
      Step last = walk.steps().isEmpty() ? null : walk.steps().getLast();
      fail(
          depth,
          Optional.ofNullable(last).map(step -> step.level().name()),
          Translation.fault(walk.translation()),
          last == null ? 0 : last.entry());
    } else if (counts) {
      // Lower layers know nothing of user mode in the upper one.
      permissions &= depth == 0 ? walk.permissions() : walk.permissions() | ~ACCESS;
    }
    return walk.translation();
  }

  /** Where an entry lies in the lowest memory, with the references that it takes to get there. */
  private long lowestOf(Memory tables, long address, int depth) {
    long position = address;
    Memory current = tables;
    int at = depth;
    while (current instanceof Layer layer) {
      long next = through(layer, position, at, false);
      if (Translation.isFault(next)) {
        return -1;
      }
      position = Translation.address(next);
      current = layer.below();
      at++;
    }
    return position;
  }

  private void fail(int depth, Optional<String> level, Fault reason, long entry) {
    if (fault == null) {
      fault = new TraceFault(dimension(depth), level, reason, entry);
    }
  }

  private String dimension(int depth) {
    return depth < dimensions.size() ? dimensions.get(depth) : "layer " + depth;
  }
}
