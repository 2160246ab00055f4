package io.nestwalk.synthetic;

import io.nestwalk.image.MappedMemory;
import io.nestwalk.image.MemoryRun;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Physical memory that can be written: pages spring into being where something is stored. */
public final class SparseMemory implements WritableMemory {

  /** The unit in which memory is present. */
  public static final int PAGE = 4096;

  private final SortedMap<Long, Integer> slots = new TreeMap<>();
  private int used;
  private byte[] bytes = new byte[16 * PAGE];
  private ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);

  @Override
  public void putLong(long address, long value) {
    int at = place(address);
    buffer.putLong(at, value);
  }

  @Override
  public void putInt(long address, int value) {
    int at = place(address);
    buffer.putInt(at, value);
  }

  /** Stores bytes, however many pages they cover. */
  public void put(long address, byte[] content) {
    int done = 0;
    while (done < content.length) {
      int at = place(address + done);
      int piece = Math.min(content.length - done, PAGE - (at & PAGE - 1));
      System.arraycopy(content, done, bytes, at, piece);
      done += piece;
    }
  }

  @Override
  public void touch(long address, long length) {
    for (long page = address & -PAGE; page < address + length; page += PAGE) {
      place(page);
    }
  }

  /** Takes a page away. */
  public void remove(long address) {
    slots.remove(address & -PAGE);
  }

  /** Whether a page is present. */
  public boolean has(long address) {
    return slots.containsKey(address & -PAGE);
  }

  /** The eight bytes at an address that is present. */
  public long getLong(long address) {
    return buffer.getLong(slots.get(address & -PAGE) + (int) (address & PAGE - 1));
  }

  /** A copy of a present page's bytes. */
  public byte[] page(long address) {
    int slot = slots.get(address & -PAGE);
    return Arrays.copyOfRange(bytes, slot, slot + PAGE);
  }

  /** The addresses of all pages, ascending. */
  public List<Long> pages() {
    return List.copyOf(slots.keySet());
  }

  /** What was stored so far, as the program reads memory: as runs of a mapped file. */
  public MappedMemory memory() {
    List<MemoryRun> runs = new ArrayList<>(slots.size());
    for (Map.Entry<Long, Integer> page : slots.entrySet()) {
      runs.add(new MemoryRun(page.getKey(), PAGE, page.getValue()));
    }
    return MappedMemory.of(MemorySegment.ofArray(bytes), runs);
  }

  /** The byte at a place that {@link #memory} located. */
  public byte stored(long location) {
    return bytes[Math.toIntExact(location)];
  }

  /** A raw image's bytes: everything from address 0 to {@code length}, gaps filled with zeros. */
  public byte[] flat(int length) {
    byte[] image = new byte[length];
    slots.forEach(
        (address, slot) -> {
          if (address + PAGE <= length) {
            System.arraycopy(bytes, slot, image, Math.toIntExact(address), PAGE);
          }
        });
    return image;
  }

  private int place(long address) {
    Integer slot = slots.get(address & -PAGE);
    if (slot == null) {
      slot = used;
      used += PAGE;
      if (slot == bytes.length) {
        bytes = Arrays.copyOf(bytes, 2 * bytes.length);
        buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      }
      slots.put(address & -PAGE, slot);
    }
    return slot + (int) (address & PAGE - 1);
  }
}
