package io.nestwalk.memory;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.Fault;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Translation;
import java.lang.foreign.MemorySegment;
import java.util.Comparator;
import java.util.List;

/**
 * A guest's physical memory as its hypervisor's process has it: slots of that process's virtual
 * memory. Unlike second-level tables, which are filled when the guest first touches a page, this
 * has every page that the process has.
 */
public final class SlotMemory implements Layer {

  private static final int PAGE_SHIFT = 12;

  /** What a guest may do with each page that its hypervisor's process has. */
  private static final int GUEST = Permissions.ALL & ~Permissions.WRITE;

  private final Layer process;
  private final List<MemorySlot> slots;
  private final long[] starts;

  private SlotMemory(Layer process, List<MemorySlot> slots) {
    this.process = process;
    this.slots = slots;
    starts = slots.stream().mapToLong(MemorySlot::start).toArray();
  }

  /**
   * Memory made of slots.
   *
   * @param process the virtual memory of the hypervisor's process
   * @param slots which should not overlap; where they do, the one with the lower start loses
   */
  public static SlotMemory of(Layer process, List<MemorySlot> slots) {
    return new SlotMemory(
        process, slots.stream().sorted(Comparator.comparingLong(MemorySlot::start)).toList());
  }

  /** The slots, by their start. */
  public List<MemorySlot> slots() {
    return slots;
  }

  /** The memory of the host that {@link #translate} leads to. */
  @Override
  public Memory below() {
    return process.below();
  }

  /** Reads go to the process, which has what stands beside it. */
  @Override
  public Memory beside() {
    return process.beside() == AbsentMemory.INSTANCE ? AbsentMemory.INSTANCE : this;
  }

  @Override
  public SlotMemory fork() {
    return new SlotMemory(process.fork(), slots);
  }

  @Override
  public long translate(long address) {
    MemorySlot slot = slotOf(address);
    if (slot == null) {
      return Translation.of(Fault.NOT_PRESENT);
    }
    long virtual = address - slot.start() + slot.hostVirtual();
    long translation = process.translate(virtual);
    if (Translation.isFault(translation)) {
      return translation;
    }
    return isWhole(slot, address, virtual, Translation.pageShift(translation))
        ? translation
        : Translation.of(Translation.address(translation), PAGE_SHIFT);
  }

  private MemorySlot slotOf(long address) {
    int low = 0;
    int high = starts.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (starts[middle] <= address) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low == 0 || address < 0) {
      return null;
    }
    MemorySlot slot = slots.get(low - 1);
    return address < slot.end() ? slot : null;
  }

  /** As {@link #translate}, without reads: the process's tables are not the guest's. */
  @Override
  public Passage pass(long address) {
    long translation = translate(address);
    if (Translation.isFault(translation)) {
      return Passage.of(translation);
    }
    Passage ofProcess = process.pass(virtual(address, 1));
    return new Passage(translation, granted(ofProcess.permissions()), List.of(), PageState.MAPPED);
  }

  /** A page that the process may not write, a merged one, is copied before its guest writes it. */
  private static int granted(int toProcess) {
    return GUEST | (toProcess & Permissions.WRITE);
  }

  /** The slots from the first that ends behind {@code from}; each reaches to the next at most. */
  @Override
  public Enumerated forEachRun(long from, long to, Budget budget, RunVisitor visitor) {
    for (int i = 0; i < slots.size(); i++) {
      MemorySlot slot = slots.get(i);
      long end = i + 1 < starts.length ? Math.min(slot.end(), starts[i + 1]) : slot.end();
      long first = Long.compareUnsigned(from, slot.start()) > 0 ? from & -PAGE : slot.start();
      long last = Long.compareUnsigned(to, end - 1) < 0 ? to | PAGE - 1 : end - 1;
      if (Long.compareUnsigned(first, last) <= 0 && Long.compareUnsigned(first, end) < 0) {
        long distance = slot.hostVirtual() - slot.start();
        Enumerated part =
            process.forEachRun(
                first + distance,
                last + distance,
                budget,
                (start, below, length, shift, permissions, state) ->
                    visitor.run(
                        start - distance,
                        below,
                        length,
                        isWhole(slot, start - distance, start, shift) ? shift : PAGE_SHIFT,
                        granted(permissions),
                        state));
        if (!part.complete()) {
          return Enumerated.cutFrom(part.cutFrom() - distance);
        }
      }
    }
    return Enumerated.ALL;
  }

  /** A large page of the process is one of the guest's only where both are aligned alike. */
  private static boolean isWhole(MemorySlot slot, long address, long virtual, int shift) {
    long offset = (1L << shift) - 1;
    return (address & offset) == (virtual & offset)
        && (address & ~offset) >= slot.start()
        && (address | offset) < slot.end();
  }

  /** The process's address of a byte whose next {@code length} bytes are in the same slot. */
  private long virtual(long address, int length) {
    MemorySlot slot = slotOf(address);
    return slot == null || slot.end() - address < length
        ? NOWHERE
        : address - slot.start() + slot.hostVirtual();
  }

  @Override
  public long getLong(long address, long ifMissing) {
    long virtual = virtual(address, Long.BYTES);
    return virtual == NOWHERE
        ? Memory.assembleLong(this, address, ifMissing)
        : process.getLong(virtual, ifMissing);
  }

  @Override
  public int getInt(long address, int ifMissing) {
    long virtual = virtual(address, Integer.BYTES);
    return virtual == NOWHERE
        ? Memory.assembleInt(this, address, ifMissing)
        : process.getInt(virtual, ifMissing);
  }

  @Override
  public int getByte(long address) {
    long virtual = virtual(address, 1);
    return virtual == NOWHERE ? -1 : process.getByte(virtual);
  }

  @Override
  public long read(long address, MemorySegment target) {
    long copied = 0;
    while (copied < target.byteSize()) {
      MemorySlot slot = slotOf(address + copied);
      if (slot == null) {
        break;
      }
      long offset = address + copied - slot.start();
      long wanted = Math.min(target.byteSize() - copied, slot.length() - offset);
      long got = process.read(slot.hostVirtual() + offset, target.asSlice(copied, wanted));
      copied += got;
      if (got < wanted) {
        break;
      }
    }
    return copied;
  }

  @Override
  public long locate(long address) {
    long virtual = virtual(address, 1);
    return virtual == NOWHERE ? NOWHERE : process.locate(virtual);
  }
}
