package io.nestwalk.machine;

import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Enumerated;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.PageRuns;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Which pages of the host back a guest's physical memory, and at which guest-physical address: the
 * second level, read backwards. Immutable.
 */
public final class FrameMap {

  private static final int PAGE_SHIFT = 12;
  private static final long PAGE = 1L << PAGE_SHIFT;

  /** No machine has wider physical addresses; page number and number of a run fill one value. */
  private static final int HOST_BITS = 52;

  private static final int NUMBER_BITS = Long.SIZE - (HOST_BITS - PAGE_SHIFT);

  /** So many runs have room: a quarter of the pages of a machine of heap times 16. */
  private static final int MOST_RUNS =
      (int) Math.min((1L << NUMBER_BITS) - 1, Runtime.getRuntime().maxMemory() >>> 8);

  /** So many runs that lie within each other are looked at. */
  private static final int MOST_OVERLAPS = 64;

  /** So many pages show whether two maps are alike. */
  private static final int COMPARED = 1 << 16;

  /** Runs of frames: host start, guest start, length; ascending by host start. */
  private final long[] hosts;

  private final long[] guests;
  private final long[] lengths;

  /**
   * For each run the nearest one before it that reaches beyond its start: a host page may back two
   * guest pages. -1 for none.
   */
  private final int[] outer;

  private final long bytes;
  private final OptionalLong cutFrom;

  private FrameMap(long[] hosts, long[] guests, long[] lengths, long bytes, OptionalLong cutFrom) {
    this.cutFrom = cutFrom;
    this.hosts = hosts;
    this.guests = guests;
    this.lengths = lengths;
    outer = outer(hosts, lengths);
    this.bytes = bytes;
  }

  private static int[] outer(long[] hosts, long[] lengths) {
    int[] outer = new int[hosts.length];
    for (int i = 0; i < hosts.length; i++) {
      int before = i - 1;
      while (before >= 0 && hosts[before] + lengths[before] <= hosts[i]) {
        before = outer[before];
      }
      outer[i] = before;
    }
    return outer;
  }

  /**
   * What a guest's physical memory is made of. Neighbouring pages become one run.
   *
   * @param budget how many pieces are followed
   */
  public static FrameMap of(Layer guest, Budget budget) {
    Builder builder = new Builder();
    Enumerated shown =
        guest.forEachRun(
            0,
            -1,
            budget,
            (address, host, length, shift, permissions, state) ->
                host == PageRuns.NOT_MAPPED || builder.add(address, host, length));
    return builder.build(
        shown.complete() ? OptionalLong.empty() : OptionalLong.of(shown.cutFrom()));
  }

  /** The guest-physical address that {@code host} backs; empty when it backs none. */
  public OptionalLong guestOf(long host) {
    int index = Arrays.binarySearch(hosts, host);
    if (index < 0) {
      index = -index - 2;
    }
    for (int steps = 0; index >= 0 && steps < MOST_OVERLAPS; steps++) {
      if (host - hosts[index] < lengths[index]) {
        return OptionalLong.of(guests[index] + (host - hosts[index]));
      }
      index = outer[index];
    }
    return OptionalLong.empty();
  }

  /**
   * Whether this maps mostly the same guest pages to the same host pages as {@code other}: two
   * roots of one machine, of which the second may be an older copy.
   */
  public boolean isMostlyLike(FrameMap other) {
    return same(this, other) * 2 > Math.min(pages(), COMPARED);
  }

  /** How many of the first pages of one map {@code other} maps alike. */
  private static long same(FrameMap map, FrameMap other) {
    long same = 0;
    long seen = 0;
    for (int i = 0; i < map.hosts.length && seen < COMPARED; i++) {
      for (long offset = 0; offset < map.lengths[i] && seen < COMPARED; offset += PAGE) {
        seen++;
        OptionalLong guest = other.guestOf(map.hosts[i] + offset);
        same += guest.isPresent() && guest.getAsLong() == map.guests[i] + offset ? 1 : 0;
      }
    }
    return same;
  }

  /**
   * Whether nearly all host pages of this belong to {@code other} as well: what a guest inside that
   * one runs on, merged from two second levels into one.
   */
  public boolean isMostlyInside(FrameMap other) {
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

  /**
   * Whether this maps nearly all that {@code other} maps to the same pages, and more: the same
   * machine with more rights.
   */
  public boolean mapsMoreThan(FrameMap other) {
    return bytes > other.bytes
        && same(/* map= */ other, /* other= */ this) * 10 > Math.min(other.pages(), COMPARED) * 9;
  }

  private long pages() {
    return bytes >>> PAGE_SHIFT;
  }

  /** The guest-physical address from which on nothing was followed; empty where all was. */
  public OptionalLong cutFrom() {
    return cutFrom;
  }

  /** The first page of up to so many runs of the host's pages, spread over all of them. */
  public LongStream sample(int count) {
    int step = Math.max(1, hosts.length / count);
    return IntStream.range(0, Math.min(count, hosts.length)).mapToLong(i -> hosts[i * step]);
  }

  /** How many bytes of guest-physical memory are mapped. */
  public long bytes() {
    return bytes;
  }

  /** Whether most of what is mapped stands at the same address in guest and host. */
  public boolean isMostlyIdentity() {
    return identityBytes() >= bytes / 2;
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

    /**
     * Adds a run.
     *
     * @return false when there is no room for it
     */
    boolean add(long guest, long host, long length) {
      int last = count - 1;
      if (count > 0
          && hosts[last] + lengths[last] == host
          && guests[last] + lengths[last] == guest) {
        bytes += length;
        lengths[last] += length;
        return true;
      }
      if (count == MOST_RUNS || host >>> HOST_BITS != 0) {
        return count < MOST_RUNS;
      }
      bytes += length;
      if (count == hosts.length) {
        hosts = Arrays.copyOf(hosts, count * 2);
        guests = Arrays.copyOf(guests, count * 2);
        lengths = Arrays.copyOf(lengths, count * 2);
      }
      hosts[count] = host;
      guests[count] = guest;
      lengths[count++] = length;
      return true;
    }

    FrameMap build(OptionalLong cutFrom) {
      // Host page and number of the run in one value, so that no object is made for any of them.
      long[] order = new long[count];
      for (int i = 0; i < count; i++) {
        order[i] = (hosts[i] >>> PAGE_SHIFT << NUMBER_BITS) + Long.MIN_VALUE | i;
      }
      Arrays.sort(order);
      return new FrameMap(
          ordered(order, hosts), ordered(order, guests), ordered(order, lengths), bytes, cutFrom);
    }

    private static long[] ordered(long[] order, long[] values) {
      long[] result = new long[order.length];
      for (int i = 0; i < order.length; i++) {
        result[i] = values[(int) (order[i] & (1L << NUMBER_BITS) - 1)];
      }
      return result;
    }
  }
}
