package io.nestwalk.machine;

import io.nestwalk.memory.Layer;
import io.nestwalk.memory.MemorySlot;
import io.nestwalk.memory.SlotPages;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * Which pages of the host back a guest's physical memory, and at which guest-physical address: the
 * second level, read backwards. Immutable.
 */
public final class FrameMap {

  private static final long PAGE = 4096;

  /** So many pages tell whether two maps are alike. */
  private static final int COMPARED = 1 << 16;

  /** Runs of frames: host start, guest start, length; ascending by host start. */
  private final long[] hosts;

  private final long[] guests;
  private final long[] lengths;
  private final long bytes;

  private FrameMap(long[] hosts, long[] guests, long[] lengths, long bytes) {
    this.hosts = hosts;
    this.guests = guests;
    this.lengths = lengths;
    this.bytes = bytes;
  }

  /** What {@code secondLevel}'s tables map. Neighbouring pages become one run. */
  public static FrameMap of(Walker secondLevel) {
    Builder builder = new Builder();
    secondLevel.forEachLeaf(
        (guest, host, shift, permissions) -> {
          builder.add(guest, host, 1L << shift);
          return true;
        });
    return builder.build();
  }

  /** What a view of guest-physical memory maps in the hypervisor's memory slots. */
  static FrameMap of(Layer view, List<MemorySlot> slots) {
    Builder builder = new Builder();
    SlotPages.forEach(
        slots,
        guest -> {
          long translation = view.translate(guest);
          if (!Translation.isFault(translation)) {
            builder.add(guest, Translation.address(translation), PAGE);
          }
          return true;
        });
    return builder.build();
  }

  /** The guest-physical address that {@code host} backs; empty when it backs none. */
  public OptionalLong guestOf(long host) {
    int index = Arrays.binarySearch(hosts, host);
    if (index < 0) {
      index = -index - 2;
    }
    if (index < 0 || host - hosts[index] >= lengths[index]) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(guests[index] + (host - hosts[index]));
  }

  /**
   * Whether this maps mostly the same guest pages to the same host pages as {@code other}: two
   * roots of one machine, of which the second may be an older copy.
   */
  boolean isMostlyLike(FrameMap other) {
    long same = 0;
    long seen = 0;
    for (int i = 0; i < hosts.length && seen < COMPARED; i++) {
      for (long offset = 0; offset < lengths[i] && seen < COMPARED; offset += PAGE) {
        seen++;
        OptionalLong guest = other.guestOf(hosts[i] + offset);
        same += guest.isPresent() && guest.getAsLong() == guests[i] + offset ? 1 : 0;
      }
    }
    return same * 2 > seen;
  }

  /**
   * Whether nearly all host pages of this belong to {@code other} as well: what a guest inside that
   * one runs on, merged from two second levels into one.
   */
  boolean isMostlyInside(FrameMap other) {
    if (bytes >= other.bytes) {
      return false;
    }
    long inside = 0;
    long seen = 0;
    for (int i = 0; i < hosts.length && seen < COMPARED; i++) {
      for (long offset = 0; offset < lengths[i] && seen < COMPARED; offset += PAGE) {
        seen++;
        inside += other.guestOf(hosts[i] + offset).isPresent() ? 1 : 0;
      }
    }
    return inside * 10 > seen * 9;
  }

  /** How many bytes of guest-physical memory are mapped. */
  public long bytes() {
    return bytes;
  }

  /** How many of the mapped bytes stand at the same address in guest and host. */
  public long identityBytes() {
    long sum = 0;
    for (int i = 0; i < hosts.length; i++) {
      sum += hosts[i] == guests[i] ? lengths[i] : 0;
    }
    return sum;
  }

  /** Gathers runs in the order of guest addresses and sorts them by host address. */
  private static final class Builder {

    private long[] hosts = new long[64];
    private long[] guests = new long[64];
    private long[] lengths = new long[64];
    private int count;
    private long bytes;

    void add(long guest, long host, long length) {
      bytes += length;
      int last = count - 1;
      if (count > 0
          && hosts[last] + lengths[last] == host
          && guests[last] + lengths[last] == guest) {
        lengths[last] += length;
        return;
      }
      if (count == hosts.length) {
        hosts = Arrays.copyOf(hosts, count * 2);
        guests = Arrays.copyOf(guests, count * 2);
        lengths = Arrays.copyOf(lengths, count * 2);
      }
      hosts[count] = host;
      guests[count] = guest;
      lengths[count++] = length;
    }

    FrameMap build() {
      Integer[] order = new Integer[count];
      Arrays.setAll(order, i -> i);
      Arrays.sort(order, (a, b) -> Long.compare(hosts[a], hosts[b]));
      return new FrameMap(
          Arrays.stream(order).mapToLong(i -> hosts[i]).toArray(),
          Arrays.stream(order).mapToLong(i -> guests[i]).toArray(),
          Arrays.stream(order).mapToLong(i -> lengths[i]).toArray(),
          bytes);
    }
  }
}
