package io.nestwalk.memory;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.Translation;
import java.lang.foreign.MemorySegment;

/**
 * Two views of the same memory as one: what the first lacks, the second answers. Both lead to the
 * same memory below.
 */
public final class JoinedMemory implements Layer {

  private static final int PAGE_SHIFT = 12;
  private static final long PAGE_MASK = (1L << PAGE_SHIFT) - 1;

  private final Layer first;
  private final Layer second;
  private final Memory below;

  private JoinedMemory(Layer first, Layer second, Memory below) {
    this.first = first;
    this.second = second;
    this.below = below;
  }

  /** The union of two views. */
  public static JoinedMemory of(Layer first, Layer second) {
    return new JoinedMemory(first, second, first.below());
  }

  /** The view that is asked first. */
  public Layer first() {
    return first;
  }

  /** The view that is asked for what the first lacks. */
  public Layer second() {
    return second;
  }

  @Override
  public Memory below() {
    return below;
  }

  @Override
  public JoinedMemory fork() {
    return of(first.fork(), second.fork());
  }

  @Override
  public long translate(long address) {
    long translation = first.translate(address);
    return Translation.isFault(translation) ? translateBySecond(address, translation) : translation;
  }

  private long translateBySecond(long address, long fault) {
    long translation = second.translate(address);
    return Translation.isFault(translation) ? fault : translation;
  }

  @Override
  public long getLong(long address, long ifMissing) {
    if ((address & PAGE_MASK) > PAGE_MASK + 1 - Long.BYTES) {
      return Memory.assembleLong(this, address, ifMissing);
    }
    long page = translate(address);
    return page < 0 ? ifMissing : below.getLong(Translation.address(page), ifMissing);
  }

  @Override
  public int getInt(long address, int ifMissing) {
    if ((address & PAGE_MASK) > PAGE_MASK + 1 - Integer.BYTES) {
      return Memory.assembleInt(this, address, ifMissing);
    }
    long page = translate(address);
    return page < 0 ? ifMissing : below.getInt(Translation.address(page), ifMissing);
  }

  @Override
  public int getByte(long address) {
    long page = translate(address);
    return page < 0 ? -1 : below.getByte(Translation.address(page));
  }

  @Override
  public long read(long address, MemorySegment target) {
    long copied = 0;
    while (copied < target.byteSize()) {
      long page = translate(address + copied);
      if (page < 0) {
        break;
      }
      long room = PAGE_MASK + 1 - (address + copied & PAGE_MASK);
      long wanted = Math.min(target.byteSize() - copied, room);
      long got = below.read(Translation.address(page), target.asSlice(copied, wanted));
      copied += got;
      if (got < wanted) {
        break;
      }
    }
    return copied;
  }

  @Override
  public long locate(long address) {
    long page = translate(address);
    return page < 0 ? NOWHERE : below.locate(Translation.address(page));
  }
}
