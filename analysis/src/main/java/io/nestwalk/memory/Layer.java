package io.nestwalk.memory;

import io.nestwalk.image.Memory;
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
   *     the way; where a lower layer does not map it, {@link
   *     io.nestwalk.paging.Fault#NOT_MAPPED_BELOW}
   */
  static long toLowest(Memory memory, long address) {
    long result = Translation.of(address, Long.SIZE - 1);
    Memory current = memory;
    while (current instanceof Layer layer) {
      long next = layer.translate(Translation.address(result));
      if (Translation.isFault(next)) {
        return current == memory ? next : Translation.of(io.nestwalk.paging.Fault.NOT_MAPPED_BELOW);
      }
      int shift = Math.min(Translation.pageShift(result), Translation.pageShift(next));
      result = Translation.of(Translation.address(next), shift);
      current = layer.below();
    }
    return result;
  }
}
