package io.nestwalk.memory;

import io.nestwalk.image.Memory;
import io.nestwalk.memory.Passage.TableRead;
import io.nestwalk.memory.Trace.Reference;
import io.nestwalk.memory.Trace.TraceFault;
import io.nestwalk.paging.Fault;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Step;
import io.nestwalk.paging.Translation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Traces an address through all layers, as a processor walks: each entry of a guest's table is
 * itself at a guest-physical address, which is translated before the entry can be read. Two layers
 * of four levels make up to 24 references.
 */
public final class Tracer {

  private static final int ACCESS = Permissions.READ | Permissions.WRITE | Permissions.EXECUTE;

  private final List<String> dimensions;
  private final List<Reference> references = new ArrayList<>();
  private final List<Long> stops = new ArrayList<>();
  private long pageSize = Long.MAX_VALUE;
  private int permissions = Permissions.ALL;
  private PageState state = PageState.MAPPED;
  private TraceFault fault;

  private Tracer(List<String> dimensions) {
    this.dimensions = dimensions;
  }

  /**
   * Traces the walk of {@code address}.
   *
   * @param memory where the address is meant
   * @param dimensions names of the layers from {@code memory} down, one for each
   */
  public static Trace trace(Memory memory, long address, List<String> dimensions) {
    Tracer tracer = new Tracer(dimensions);
    tracer.stops.add(address);
    tracer.down(memory, address, 0);
    boolean failed = tracer.fault != null;
    return new Trace(
        tracer.references,
        tracer.stops,
        failed ? 0 : tracer.pageSize,
        failed ? 0 : tracer.permissions,
        tracer.state,
        Optional.ofNullable(tracer.fault));
  }

  /** The way of the address asked for, from one layer into the next. */
  private void down(Memory memory, long address, int depth) {
    Optional<Layer> layer = Layer.of(memory);
    if (layer.isEmpty()) {
      return;
    }
    Passage passage = layer.get().pass(address);
    if (state.isMapped()) {
      state = passage.state();
    }
    long next = through(passage, depth);
    if (Translation.isFault(next)) {
      return;
    }
    // Lower layers know nothing of user mode in the upper one.
    permissions &= depth == 0 ? passage.permissions() : passage.permissions() | ~ACCESS;
    stops.add(Translation.address(next));
    pageSize = Math.min(pageSize, Translation.pageSize(next));
    down(layer.get().below(), Translation.address(next), depth + 1);
  }

  /** One layer's part, with the references that it takes to reach each of its entries. */
  private long through(Passage passage, int depth) {
    Step last = null;
    for (TableRead read : passage.reads()) {
      last = read.step();
      long entry = lowestOf(read.tables(), last.entryAddress(), depth + 1);
      references.add(new Reference(dimension(depth), last, entry, read.meaning()));
      if (entry < 0) {
        return Translation.of(Fault.NOT_MAPPED_BELOW);
      }
    }
    if (Translation.isFault(passage.translation())) {
      fail(
          depth,
          Optional.ofNullable(last).map(step -> step.level().name()),
          Translation.fault(passage.translation()),
          last == null ? 0 : last.entry());
    }
    return passage.translation();
  }

  /** Where an entry lies in the lowest memory, with the references that it takes to get there. */
  private long lowestOf(Memory tables, long address, int depth) {
    Optional<Layer> layer = Layer.of(tables);
    if (layer.isEmpty()) {
      return address;
    }
    long next = through(layer.get().pass(address), depth);
    return Translation.isFault(next)
        ? -1
        : lowestOf(layer.get().below(), Translation.address(next), depth + 1);
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
