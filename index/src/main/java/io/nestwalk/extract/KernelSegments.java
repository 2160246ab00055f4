package io.nestwalk.extract;

import io.nestwalk.image.AddressRange;
import io.nestwalk.machine.Machine;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Enumerated;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.PageRuns;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.SystemFacts;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A machine's physical memory as segments with the addresses that its kernel has for it, as the
 * kernel's own tables say: tools that can't walk them (gdb), or not before they have read some of
 * the kernel (crash, drgn), find what they ask for.
 *
 * <p>The order is that of the kernel's own {@code /proc/vmcore} (fs/proc/vmcore.c, {@code
 * crash_prepare_elf64_headers}): the kernel's image, then all physical memory where the linear map
 * has it. What the kernel has elsewhere follows without physical addresses, as in {@code
 * /proc/kcore}: readers that look a physical address up among sorted segments find one that holds
 * it.
 */
final class KernelSegments {

  /** So many that all program headers have room in e_phnum, which not every tool looks beyond. */
  private static final int MOST_ELSEWHERE = 1 << 15;

  /** As the kernel writes it for all of its memory. */
  private static final int ALL = Segment.READ | Segment.WRITE | Segment.EXECUTE;

  private static final Comparator<Piece> BY_ADDRESS =
      (a, b) -> Long.compareUnsigned(a.virtual(), b.virtual());

  private final SystemFacts facts;
  private final Layer tables;
  private final List<AddressRange> ranges;
  private final List<Piece> linear = new ArrayList<>();
  private final List<Piece> image = new ArrayList<>();
  private final List<Piece> elsewhere = new ArrayList<>();
  private OptionalLong leftOutFrom = OptionalLong.empty();

  /** Addresses that lie side by side in the kernel's space and in physical memory. */
  private record Piece(long virtual, long physical, long length) {

    Segment withoutPhysical() {
      return new Segment(virtual, Segment.NO_ADDRESS, length, length, ALL, physical);
    }
  }

  /**
   * Segments to be found.
   *
   * @param facts with the linear map
   * @param tables the kernel's
   * @param ranges the machine's physical memory, ascending
   */
  KernelSegments(SystemFacts facts, Layer tables, List<AddressRange> ranges) {
    this.facts = facts;
    this.tables = tables;
    this.ranges = List.copyOf(ranges);
  }

  /**
   * The segments; where nothing is known of the kernel's addresses, those of physical memory alone.
   *
   * @param ranges the machine's physical memory, ascending
   * @param warnings gets what is left out
   */
  static List<Segment> of(Machine machine, List<AddressRange> ranges, List<String> warnings) {
    Optional<GuestSystem> system =
        machine
            .system()
            .filter(each -> each.facts().linearMap().isPresent())
            .filter(each -> each.kernelMemory().below().equals(machine.physical()));
    if (system.isEmpty()) {
      return ranges.stream()
          .map(each -> new Segment(0, each.start(), each.length(), each.length(), 0, each.start()))
          .toList();
    }
    KernelSegments segments =
        new KernelSegments(system.get().facts(), system.get().kernelMemory(), ranges);
    List<Segment> all = segments.all();
    segments.leftOutFrom.ifPresent(
        address ->
            warnings.add(
                "%s: the kernel's tables map more than has room: no virtual segments from 0x%x on"
                    .formatted(machine.id(), address)));
    return all;
  }

  private void look() {
    long base = facts.kernelBase();
    long last = narrow() ? 0xffff_ffffL : -1;
    // The kernel's image first, so that no other mappings take its room.
    show(base, last);
    show(narrow() ? linearMap() : Long.MIN_VALUE, base - 1);
  }

  private boolean narrow() {
    return tables.inputBits() == Integer.SIZE;
  }

  private long linearMap() {
    return facts.linearMap().orElseThrow();
  }

  private void show(long from, long to) {
    Enumerated shown =
        PageRuns.forEach(tables, from, to, Budget.forSpace(tables), run -> add(run, from, to));
    if (!shown.complete() && leftOutFrom.isEmpty()) {
      leftOutFrom = OptionalLong.of(shown.cutFrom());
    }
  }

  /** A page of the tables may begin before what was asked for, and end behind it. */
  private void add(PageRuns.Run run, long from, long to) {
    if (run.below() == PageRuns.NOT_MAPPED) {
      return;
    }
    long skipped = Long.compareUnsigned(run.start(), from) < 0 ? from - run.start() : 0;
    long beyond = Long.compareUnsigned(run.end() - 1, to) > 0 ? run.end() - 1 - to : 0;
    long start = run.below() + skipped;
    long end = run.below() + run.length() - beyond;
    for (int i = firstAfter(start); i < ranges.size() && ranges.get(i).start() < end; i++) {
      long first = Math.max(start, ranges.get(i).start());
      long length = Math.min(end, ranges.get(i).end()) - first;
      if (length > 0) {
        add(new Piece(run.start() + (first - run.below()), first, length));
      }
    }
  }

  /** The number of the first range that ends after an address. */
  private int firstAfter(long address) {
    int low = 0;
    int high = ranges.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ranges.get(middle).end() > address) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private void add(Piece piece) {
    if (piece.virtual() - piece.physical() == linearMap()) {
      join(linear, piece);
    } else if (facts.kernelPhysical().isPresent()
        && piece.virtual() == imageEnd()
        && piece.virtual() - piece.physical()
            == facts.kernelBase() - facts.kernelPhysical().getAsLong()) {
      join(image, piece);
    } else if (!join(elsewhere, piece)) {
      elsewhere.removeLast();
      leftOutFrom = leftOutFrom.isPresent() ? leftOutFrom : OptionalLong.of(piece.virtual());
    }
  }

  private long imageEnd() {
    return image.isEmpty()
        ? facts.kernelBase()
        : image.getLast().virtual() + image.getLast().length();
  }

  /** False when there are too many now. */
  private static boolean join(List<Piece> pieces, Piece next) {
    if (!pieces.isEmpty()) {
      Piece last = pieces.getLast();
      if (last.virtual() + last.length() == next.virtual()
          && last.physical() + last.length() == next.physical()) {
        pieces.removeLast();
        pieces.add(new Piece(last.virtual(), last.physical(), last.length() + next.length()));
        return true;
      }
    }
    pieces.add(next);
    return pieces.size() <= MOST_ELSEWHERE;
  }

  /** Where there are more segments than fit, from where on they lack; only after {@link #all}. */
  OptionalLong leftOutFrom() {
    return leftOutFrom;
  }

  /** The segments; asked for once. */
  List<Segment> all() {
    look();
    List<Segment> segments = new ArrayList<>();
    image.forEach(
        each ->
            segments.add(
                new Segment(
                    each.virtual(),
                    each.physical(),
                    each.length(),
                    each.length(),
                    ALL,
                    each.physical())));
    linear.sort(Comparator.comparingLong(Piece::physical));
    elsewhere.sort(BY_ADDRESS);
    List<Piece> rest = new ArrayList<>(elsewhere);
    int next = 0;
    for (AddressRange range : ranges) {
      List<Piece> own = new ArrayList<>();
      while (next < linear.size() && linear.get(next).physical() < range.end()) {
        own.add(linear.get(next++));
      }
      rest.addAll(physical(range, own, segments));
    }
    rest.stream().sorted(BY_ADDRESS).map(Piece::withoutPhysical).forEach(segments::add);
    return segments;
  }

  /**
   * A range of physical memory: at its linear address from the first to the last page that the
   * tables have there. Pages between that they lack (guards, secrets of user mode) stay in, as in
   * the kernel's own dumps; but where one of them leads elsewhere, none of the range has an
   * address.
   *
   * @return the pieces that are still to be written
   */
  private List<Piece> physical(AddressRange range, List<Piece> own, List<Segment> segments) {
    long from = own.isEmpty() ? range.end() : own.getFirst().physical();
    long to = own.isEmpty() ? range.end() : own.getLast().physical() + own.getLast().length();
    if (!own.isEmpty() && leadsElsewhere(linearMap() + from, linearMap() + to)) {
      without(range.start(), range.end(), segments);
      return own;
    }
    without(range.start(), from, segments);
    if (to > from) {
      segments.add(new Segment(linearMap() + from, from, to - from, to - from, ALL, from));
    }
    without(to, range.end(), segments);
    return List.of();
  }

  /** Whether a piece overlaps; of pieces in order, none of which overlaps another. */
  private boolean leadsElsewhere(long from, long to) {
    int low = 0;
    int high = elsewhere.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(elsewhere.get(middle).virtual(), to) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low == 0) {
      return false;
    }
    Piece last = elsewhere.get(low - 1);
    return Long.compareUnsigned(last.virtual() + last.length() - 1, from) >= 0;
  }

  private static void without(long from, long to, List<Segment> segments) {
    if (to > from) {
      segments.add(new Segment(Segment.NO_ADDRESS, from, to - from, to - from, ALL, from));
    }
  }
}
