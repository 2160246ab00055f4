package io.nestwalk.find;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.wording.Count;
import java.util.Optional;
import java.util.function.Function;

/**
 * The bytes around the hits of one answer, which is in memory as a whole: where there would be more
 * than it has room for, the hits that come last have none.
 */
public final class HitContexts {

  /** So many bytes have room: twice as many characters of heap. */
  private static final long ROOM = 16L << 20;

  private final Function<Hit, HitContext> contexts;
  private final int around;
  private long room;
  private long without;

  /**
   * The contexts.
   *
   * @param around how many bytes before and after each hit
   */
  public HitContexts(Function<Hit, HitContext> contexts, int around) {
    this(contexts, around, ROOM);
  }

  /**
   * The same, with so much room.
   *
   * @param room in bytes of memory
   */
  HitContexts(Function<Hit, HitContext> contexts, int around, long room) {
    this.contexts = contexts;
    this.around = around;
    this.room = room;
  }

  /** The node of a hit; empty when there is no room for it, or was none for one before. */
  public Optional<ObjectNode> of(Hit hit) {
    if (without == 0) {
      HitContext context = contexts.apply(hit);
      room -= context.shown(around);
      if (room >= 0) {
        return Optional.of(context.node(around));
      }
    }
    without++;
    return Optional.empty();
  }

  /** What is to be said of hits that there was no room for. */
  public Optional<String> warning() {
    return without == 0
        ? Optional.empty()
        : Optional.of(
            "the bytes around %s are left out of the rows, which have room for no more; a"
                    .formatted(Count.of(without, "hit"))
                + " smaller -C leaves out fewer");
  }
}
