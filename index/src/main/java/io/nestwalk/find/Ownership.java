package io.nestwalk.find;

import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.index.Entry.RunEntry;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The look at every space: is shown all runs of all machines, each space's in ascending order, and
 * gives hits their owners. Where one run follows another it also finds what crosses from the one
 * into the other: neighbours in virtual memory are seldom neighbours in the physical.
 */
final class Ownership {

  /** A pair that is none. */
  private static final int PAIRS = 1 << (2 * Byte.SIZE);

  private final PhysicalMemory memory;
  private final BlockScanner scanner;
  private final Optional<BitSet> pairs;
  private final int reach;
  private final int limit;
  private final List<Hit> hits = new ArrayList<>();
  private final long[] addresses;

  /** Hits that only the order of virtual addresses shows, by their first byte. */
  private final Map<Long, List<Hit>> crossing = new HashMap<>();

  private int crossings;
  private long refused;

  /** The bytes right before a border that something may cross, and behind it. */
  private final byte[] window;

  /** Runs that follow each other, up to the last one, as far as a match may reach back. */
  private final List<RunEntry> tailRuns = new ArrayList<>();

  private long tailBytes;
  private RunEntry last;

  Ownership(PhysicalMemory memory, Patterns patterns, HitList found, int limit) {
    this.memory = memory;
    this.limit = limit;
    scanner = patterns.scanner();
    pairs = patterns.pairs();
    reach = patterns.reach() - 1;
    window = new byte[2 * Math.max(reach, 1)];
    for (int i = 0; i < found.count(); i++) {
      hits.add(new Hit(found.address(i), found.length(i), found.pattern(i)));
    }
    hits.sort((a, b) -> Long.compare(a.hpa(), b.hpa()));
    addresses = hits.stream().mapToLong(Hit::hpa).toArray();
  }

  /** A run of a machine; those of one memory in ascending order of its addresses. */
  void run(RunEntry run) {
    if (run.hpa() == RunEntry.NONE) {
      return;
    }
    own(run);
    if (reach > 0 && last != null && follows(run)) {
      across(run);
    } else {
      tailRuns.clear();
      tailBytes = 0;
    }
    keepTail(run);
    last = run;
  }

  /** All hits, in ascending order of address. */
  List<Hit> hits() {
    List<Hit> all = new ArrayList<>(hits);
    crossing.values().forEach(all::addAll);
    all.sort(
        (a, b) ->
            a.hpa() != b.hpa()
                ? Long.compare(a.hpa(), b.hpa())
                : Integer.compare(a.pattern(), b.pattern()));
    return all;
  }

  /** How many hits there was no room for. */
  long refused() {
    return refused;
  }

  private void own(RunEntry run) {
    int index = Arrays.binarySearch(addresses, run.hpa());
    if (index < 0) {
      index = -index - 1;
    }
    // Equal addresses: several patterns may match at one place.
    while (index > 0 && addresses[index - 1] == run.hpa()) {
      index--;
    }
    for (; index < addresses.length && addresses[index] - run.hpa() < run.length(); index++) {
      Hit hit = hits.get(index);
      long offset = hit.hpa() - run.hpa();
      if (run.length() - offset >= hit.length()) {
        hit.own(Owner.of(run, offset));
      }
    }
  }

  private boolean follows(RunEntry run) {
    return last.start() + last.length() == run.start()
        && last.space() == run.space()
        && last.pid().equals(run.pid())
        && last.machineId().equals(run.machineId());
  }

  /** What begins before the border of two runs and ends behind it. */
  private void across(RunEntry run) {
    if (pairs.isPresent() && !pairs.get().get(pairAt(run))) {
      return;
    }
    int border = readTail();
    int head = (int) Math.min(reach, run.length());
    MemorySegment target = MemorySegment.ofArray(window).asSlice(border, head);
    int got = (int) memory.read(run.hpa(), target);
    scanner.scan(
        new Block(window, border + got),
        0,
        (start, length, pattern) -> {
          if (start < border && start + length > border) {
            note(border - start, length, pattern);
          }
        });
  }

  /** The bytes that meet at the border before a run; no match crosses where one is missing. */
  private int pairAt(RunEntry run) {
    int before = memory.getByte(last.hpa() + last.length() - 1);
    int behind = memory.getByte(run.hpa());
    return (before | behind) < 0 ? PAIRS : before << Byte.SIZE | behind;
  }

  /**
   * Reads the bytes before the border: of the last runs as much as is there without a gap.
   *
   * @return how many these are
   */
  private int readTail() {
    int position = reach;
    for (int i = tailRuns.size() - 1; i >= 0 && position > 0; i--) {
      RunEntry run = tailRuns.get(i);
      int length = (int) Math.min(position, run.length());
      MemorySegment target = MemorySegment.ofArray(window).asSlice(position - length, length);
      if (memory.read(run.hpa() + run.length() - length, target) < length) {
        break;
      }
      position -= length;
    }
    System.arraycopy(window, position, window, 0, reach - position);
    return reach - position;
  }

  /** A match that begins {@code back} bytes before the border. */
  private void note(int back, int length, int pattern) {
    int left = back;
    RunEntry home = null;
    long offset = 0;
    for (int i = tailRuns.size() - 1; i >= 0; i--) {
      RunEntry run = tailRuns.get(i);
      if (left <= run.length()) {
        home = run;
        offset = run.length() - left;
        break;
      }
      left -= (int) run.length();
    }
    if (home == null) {
      return;
    }
    Hit hit = hitAt(home.hpa() + offset, length, pattern);
    if (hit != null) {
      hit.grow(length);
      if (hit.length() == length) {
        hit.own(Owner.of(home, offset));
      }
    }
  }

  private Hit hitAt(long hpa, int length, int pattern) {
    int index = Arrays.binarySearch(addresses, hpa);
    if (index >= 0) {
      while (index > 0 && addresses[index - 1] == hpa) {
        index--;
      }
      for (; index < addresses.length && addresses[index] == hpa; index++) {
        if (hits.get(index).pattern() == pattern) {
          return hits.get(index);
        }
      }
    }
    List<Hit> here = crossing.computeIfAbsent(hpa, address -> new ArrayList<>(1));
    for (Hit hit : here) {
      if (hit.pattern() == pattern) {
        return hit;
      }
    }
    if (crossings >= limit) {
      refused++;
      return null;
    }
    crossings++;
    Hit hit = new Hit(hpa, length, pattern);
    here.add(hit);
    return hit;
  }

  /** Keeps a run, and of those before it as many as it leaves within reach. */
  private void keepTail(RunEntry run) {
    if (reach == 0) {
      return;
    }
    if (run.length() >= reach) {
      tailRuns.clear();
      tailBytes = 0;
    }
    tailRuns.add(run);
    tailBytes += run.length();
    int first = 0;
    while (tailBytes - tailRuns.get(first).length() >= reach) {
      tailBytes -= tailRuns.get(first++).length();
    }
    tailRuns.subList(0, first).clear();
  }
}
