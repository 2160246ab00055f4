package io.nestwalk.memory;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.Fault;
import io.nestwalk.paging.Translation;

/** Memory whose bytes stand in another memory, at translated addresses. */
public interface Layer extends Memory {

  /** The memory that translated addresses mean. */
  Memory below();

  /** The {@link Translation} of {@code address} into {@link #below}. */
  long translate(long address);

  @Override
  Layer fork();

  /**
   * Follows {@code address} down through all layers.
   *
   * @return the {@link Translation} into the lowest memory, with the size of the smallest page on
   *     the way; where a lower layer does not map it, {@link Fault#NOT_MAPPED_BELOW}
   */
  static long toLowest(Memory memory, long address) {
    long position = address;
    int shift = Long.SIZE - 1;
    boolean top = true;
    Memory current = memory;
    while (current instanceof Layer layer) {
      long next = layer.translate(position);
      if (Translation.isFault(next)) {
        return top ? next : Translation.of(Fault.NOT_MAPPED_BELOW);
      }
      position = Translation.address(next);
      shift = Math.min(shift, Translation.pageShift(next));
      top = false;
      current = layer.below();
    }
    return Translation.of(position, shift);
  }
}
