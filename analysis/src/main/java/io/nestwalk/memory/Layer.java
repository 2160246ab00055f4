package io.nestwalk.memory;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.Fault;
import io.nestwalk.paging.Translation;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Memory whose bytes stand in another memory, at translated addresses.
 *
 * <p>This is the seam between what makes memory (page tables, a hypervisor's memory slots, a page
 * file, compressed pages) and everything that uses it: reads, traces and enumerations of any depth
 * go through these methods alone, and nobody asks for a kind of layer. Addresses are unsigned; a
 * page is never smaller than {@link #PAGE} bytes.
 */
public interface Layer extends Memory {

  /** The smallest page of any layer, in bytes. */
  long PAGE = 4096;

  /** The memory that translated addresses mean. */
  Memory below();

  /** The {@link Translation} of {@code address} into {@link #below}. */
  long translate(long address);

  /**
   * Shows what the layer knows of the addresses from {@code from} to {@code to}, both included, in
   * ascending order and without overlap: what is mapped, and pages of which it knows another {@link
   * PageState}. Nothing is shown twice: what tables repeat is one run of state {@link
   * PageState#MIRROR}.
   *
   * @param budget how much may be shown; each run takes one piece of it
   * @return how far it came
   */
  Enumerated forEachRun(long from, long to, Budget budget, RunVisitor visitor);

  /** How {@code address} is translated, with every table entry that is read on the way. */
  Passage pass(long address);

  /** How many bits of an address the layer looks at: 32 for tables without an upper half. */
  default int inputBits() {
    return Long.SIZE;
  }

  /**
   * Bytes of this layer that no memory below holds, at this layer's addresses: pages in a page
   * file, compressed pages. What {@link #translate} has no place for is read from here.
   */
  default Memory beside() {
    return AbsentMemory.INSTANCE;
  }

  @Override
  Layer fork();

  @Override
  default long getLong(long address, long ifMissing) {
    if ((address & PAGE - 1) > PAGE - Long.BYTES) {
      return Memory.assembleLong(this, address, ifMissing);
    }
    long page = translate(address);
    return page < 0
        ? beside().getLong(address, ifMissing)
        : below().getLong(Translation.address(page), ifMissing);
  }

  @Override
  default void getLongs(long address, long[] target, int from, int count, long ifMissing) {
    int done = 0;
    while (done < count) {
      long position = address + (long) done * Long.BYTES;
      int whole = (int) ((PAGE - (position & PAGE - 1)) / Long.BYTES);
      if (whole == 0) {
        target[from + done++] = getLong(position, ifMissing);
        continue;
      }
      int piece = Math.min(count - done, whole);
      long page = translate(position);
      if (page < 0) {
        beside().getLongs(position, target, from + done, piece, ifMissing);
      } else {
        below().getLongs(Translation.address(page), target, from + done, piece, ifMissing);
      }
      done += piece;
    }
  }

  @Override
  default int getInt(long address, int ifMissing) {
    if ((address & PAGE - 1) > PAGE - Integer.BYTES) {
      return Memory.assembleInt(this, address, ifMissing);
    }
    long page = translate(address);
    return page < 0
        ? beside().getInt(address, ifMissing)
        : below().getInt(Translation.address(page), ifMissing);
  }

  @Override
  default int getByte(long address) {
    long page = translate(address);
    return page < 0 ? beside().getByte(address) : below().getByte(Translation.address(page));
  }

  @Override
  default boolean isPresent(long address) {
    long page = translate(address);
    return page < 0 ? beside().isPresent(address) : below().isPresent(Translation.address(page));
  }

  @Override
  default long read(long address, MemorySegment target) {
    long copied = 0;
    while (copied < target.byteSize()) {
      long position = address + copied;
      long page = translate(position);
      long wanted = Math.min(target.byteSize() - copied, PAGE - (position & PAGE - 1));
      MemorySegment piece = target.asSlice(copied, wanted);
      long got =
          page < 0
              ? beside().read(position, piece)
              : below().read(Translation.address(page), piece);
      copied += got;
      if (got < wanted) {
        break;
      }
    }
    return copied;
  }

  @Override
  default long locate(long address) {
    long page = translate(address);
    return page < 0 ? NOWHERE : below().locate(Translation.address(page));
  }

  /** {@code memory} as a layer; empty for memory that stands below all layers. */
  static Optional<Layer> of(Memory memory) {
    return memory instanceof Layer layer ? Optional.of(layer) : Optional.empty();
  }

  /** The memory below all layers of {@code memory}: the image's own. */
  static Memory lowest(Memory memory) {
    Memory current = memory;
    while (current instanceof Layer layer) {
      current = layer.below();
    }
    return current;
  }

  /** Whether a layer of {@code memory}, at any depth, holds bytes beside the memory below it. */
  static boolean hasBeside(Memory memory) {
    boolean found = false;
    Memory current = memory;
    while (!found && current instanceof Layer layer) {
      found = layer.beside() != AbsentMemory.INSTANCE;
      current = layer.below();
    }
    return found;
  }

  /** Whether the byte at {@code address} stands beside one of the layers, and in no RAM. */
  static boolean isBeside(Memory memory, long address) {
    long position = address;
    Memory current = memory;
    while (current instanceof Layer layer) {
      long next = layer.translate(position);
      if (Translation.isFault(next)) {
        return layer.beside().isPresent(position);
      }
      position = Translation.address(next);
      current = layer.below();
    }
    return false;
  }

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
