package io.nestwalk.search;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.Progress;
import io.nestwalk.roots.StructuralRoot;
import io.nestwalk.survey.Survey;
import io.nestwalk.survey.SurveyStore;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * Finds the hole below 4 GiB that a file of a PC's memory leaves out: of the usual layouts the one
 * under which page tables fit, when it is one alone.
 */
public final class HoleSearch {

  private static final long GIB = 1L << 30;

  private static final long HOLE_END = 4 * GIB;

  /**
   * Where machines of more memory break off below 4 GiB: QEMU's q35 at 2 (with 2.75 and more),
   * VMware, bhyve, Cloud Hypervisor and i440fx at 3, Firecracker at 3.25, VirtualBox and i440fx at
   * 3.5, Xen at 3.75, Hyper-V at 3.875 GiB.
   */
  private static final List<Long> STARTS =
      List.of(
          2 * GIB,
          2 * GIB + 3 * GIB / 4,
          3 * GIB,
          3 * GIB + GIB / 4,
          3 * GIB + GIB / 2,
          3 * GIB + 3 * GIB / 4,
          3 * GIB + 7 * GIB / 8);

  /** What is remembered of an image: where its hole begins, or {@link #NONE}. */
  private static final String REMEMBERED = "hole";

  private static final long NONE = -1;

  private HoleSearch() {}

  /**
   * Whether there may be a hole to look for: memory of an unknown machine, in one piece from 0 to
   * beyond the lowest place of a hole.
   */
  public static boolean appliesTo(MemoryImage image) {
    List<AddressRange> ranges = image.memory().ranges();
    return image.architecture().isEmpty()
        && image.cpus().isEmpty()
        && ranges.size() == 1
        && ranges.getFirst().start() == 0
        && ranges.getFirst().end() > STARTS.getFirst();
  }

  /**
   * Whether the hole of some layout could be why tables name memory from {@code first} to {@code
   * last}, which lies beyond the end of memory in one piece from 0 on.
   */
  static boolean explains(PhysicalMemory memory, long first, long last) {
    long start = STARTS.getFirst();
    return memory.ranges().size() == 1
        && memory.ranges().getFirst().start() == 0
        && memory.end() > start
        && Long.compareUnsigned(first, HOLE_END) >= 0
        && Long.compareUnsigned(last, memory.end() + HOLE_END - start) < 0;
  }

  /**
   * The hole that {@code image} leaves out; empty when its tables fit best as they are, or do not
   * tell.
   *
   * @param threads how many threads may survey memory
   * @param store what is remembered of the image's surveys, and of its hole: that there is none, or
   *     which one, which is tried again
   */
  public static Optional<AddressRange> find(
      MemoryImage image, int threads, Progress progress, SurveyStore store) {
    PhysicalMemory memory = image.memory();
    long[] known = store.recallNumbers(REMEMBERED).orElse(new long[0]);
    if (known.length == 1 && known[0] == NONE) {
      return Optional.empty();
    }
    Survey survey =
        Survey.of(memory, Isa.detectors(image.architecture()), threads, progress, store);
    List<Long> tables = X86.LONG.sightings(survey, survey).tables();
    Fit plain = Fit.of(memory, tables);
    Optional<AddressRange> again =
        known.length == 1
            ? candidates(memory).stream().filter(each -> each.start() == known[0]).findFirst()
            : Optional.empty();
    // A record can only name a hole with which tables fit better than without.
    if (again.isPresent() && Fit.with(again.get(), memory, tables).compareTo(plain) > 0) {
      return again;
    }
    Optional<AddressRange> found = best(memory, tables, plain);
    store.keepNumbers(REMEMBERED, found.map(AddressRange::start).orElse(NONE));
    return found;
  }

  private static List<AddressRange> candidates(PhysicalMemory memory) {
    return STARTS.stream()
        .filter(start -> start < memory.end())
        .map(start -> new AddressRange(start, HOLE_END - start))
        .toList();
  }

  /** The hole with which tables fit best; empty when they fit so without one, or with several. */
  private static Optional<AddressRange> best(PhysicalMemory memory, List<Long> tables, Fit plain) {
    Fit best = plain;
    boolean alone = true;
    AddressRange hole = null;
    for (AddressRange candidate : candidates(memory)) {
      Fit fit = Fit.with(candidate, memory, tables);
      int order = fit.compareTo(best);
      if (order > 0) {
        best = fit;
        hole = candidate;
        alone = true;
      } else if (order == 0 && hole != null) {
        alone = false;
      }
    }
    return hole != null && alone ? Optional.of(hole) : Optional.empty();
  }

  /** How much of memory well-formed hierarchies explain: the best kernel's, then all. */
  private record Fit(long kernelBytes, long allBytes, int roots) implements Comparable<Fit> {

    /** With a hole, above which tables lie higher than in one piece. */
    static Fit with(AddressRange hole, PhysicalMemory memory, List<Long> tables) {
      List<Long> moved =
          tables.stream()
              .map(table -> table < hole.start() ? table : table + hole.length())
              .toList();
      return of(new WithHole(memory, hole), moved);
    }

    static Fit of(Memory memory, List<Long> tables) {
      List<StructuralRoot> roots = X86.LONG.finderIn(memory).byStructure(tables);
      long kernel = 0;
      long all = 0;
      for (StructuralRoot root : roots) {
        all = Math.max(all, root.mappedBytes());
        kernel = root.kernelHalf() ? Math.max(kernel, root.mappedBytes()) : kernel;
      }
      return new Fit(kernel, all, roots.size());
    }

    @Override
    public int compareTo(Fit other) {
      int byKernel = Long.compare(kernelBytes, other.kernelBytes);
      int byAll = byKernel != 0 ? byKernel : Long.compare(allBytes, other.allBytes);
      return byAll != 0 ? byAll : Integer.compare(roots, other.roots);
    }
  }

  /** Memory in one piece from 0 on, seen as if it had a hole. */
  private record WithHole(PhysicalMemory memory, AddressRange hole) implements Memory {

    /** The address in one piece; one that is in no piece for what lies in the hole. */
    private long inFile(long address) {
      if (Long.compareUnsigned(address, hole.start()) < 0) {
        return address;
      }
      return Long.compareUnsigned(address, hole.end()) < 0 ? -1 : address - hole.length();
    }

    /** Whether a value of that many bytes lies on one side of the hole. */
    private boolean isWhole(long address, int bytes) {
      return address >= hole.end() || address <= hole.start() - bytes;
    }

    @Override
    public long getLong(long address, long ifMissing) {
      return isWhole(address, Long.BYTES)
          ? memory.getLong(inFile(address), ifMissing)
          : Memory.assembleLong(this, address, ifMissing);
    }

    @Override
    public int getInt(long address, int ifMissing) {
      return isWhole(address, Integer.BYTES)
          ? memory.getInt(inFile(address), ifMissing)
          : Memory.assembleInt(this, address, ifMissing);
    }

    @Override
    public int getByte(long address) {
      long place = inFile(address);
      return place < 0 ? -1 : memory.getByte(place);
    }

    @Override
    public boolean isPresent(long address) {
      long place = inFile(address);
      return place >= 0 && memory.isPresent(place);
    }

    @Override
    public long read(long address, MemorySegment target) {
      long place = inFile(address);
      if (place < 0) {
        return 0;
      }
      long most = address < hole.start() ? hole.start() - address : target.byteSize();
      return memory.read(place, target.asSlice(0, Math.min(most, target.byteSize())));
    }

    @Override
    public long locate(long address) {
      long place = inFile(address);
      return place < 0 ? NOWHERE : memory.locate(place);
    }
  }
}
