package io.nestwalk.survey;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Memory;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.Progress;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;

/**
 * The one pass over physical memory.
 *
 * <p>Memory is cut into parts that worker threads take in turn. What is known to be zeros is not
 * read, and a page of zeros is skipped before any detector sees it: in most images that is the
 * greater part. Nothing here grows with memory but what detectors find.
 */
public final class Survey {

  /** The unit in which memory is shown: the smallest page of every architecture. */
  public static final int PAGE_SIZE = 4096;

  /** What a worker reads at once: enough for the system, little enough for its cache. */
  private static final long SCRATCH_BYTES = 256L << 10;

  /** So many pages on which a detector failed are listed by a worker. */
  private static final int MOST_FAILURES = 64;

  /** Of eight bytes, in a page. */
  static final int WORDS = PAGE_SIZE / Long.BYTES;

  private static final MemorySegment ZEROS =
      MemorySegment.ofArray(new byte[PAGE_SIZE]).asReadOnly();

  private final IdentityHashMap<PageDetector<?>, List<Object>> finds = new IdentityHashMap<>();
  private final Map<String, long[]> pages = new LinkedHashMap<>();
  private final List<String> failures = new ArrayList<>();
  private final long pagesSeen;
  private final long pagesNotZero;
  private final long contents;

  private Survey(List<Worker> workers, List<PageDetector<?>> detectors, long pagesKnown) {
    for (PageDetector<?> detector : detectors) {
      finds.put(detector, new ArrayList<>());
    }
    List<Part> parts = new ArrayList<>();
    long seen = pagesKnown;
    long notZero = 0;
    long sum = 0;
    for (Worker worker : workers) {
      seen += worker.pagesSeen;
      notZero += worker.pagesNotZero;
      sum += worker.contents.value();
      parts.addAll(worker.parts);
      failures.addAll(worker.failures);
    }
    parts.sort(Comparator.comparingLong(Part::start));
    for (int i = 0; i < detectors.size(); i++) {
      List<Object> found = finds.get(detectors.get(i));
      Pages all = new Pages();
      for (Part part : parts) {
        found.addAll(part.finds.get(i));
        all.add(part.pages.get(i));
      }
      pages.put(detectors.get(i).name(), all.toArray());
    }
    pagesSeen = seen;
    pagesNotZero = notZero;
    contents = sum;
  }

  /**
   * Shows all of {@code memory} to {@code detectors}. Only whole, aligned pages are shown: what a
   * cut image holds of its last page is in no one's view.
   *
   * @param threads how many workers to use, at least 1
   * @param progress is told of the bytes that may hold something else than zeros
   */
  public static Survey of(
      PhysicalMemory memory, List<PageDetector<?>> detectors, int threads, Progress progress) {
    List<AddressRange> populated = memory.populatedRanges();
    Parts parts = new Parts(populated, progress);
    List<Worker> work = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      work.add(new Worker(memory, detectors, parts));
    }
    return new Survey(
        Workers.all(work, "the survey"), detectors, pagesIn(memory.ranges()) - pagesIn(populated));
  }

  /**
   * Shows all of {@code memory} to {@code detectors}, as above, unless {@code store} remembers on
   * which pages they find something: then only these are shown. A record of pages that hold
   * something else now is not this memory's, and everything is shown again.
   *
   * @param threads how many workers to use, at least 1
   * @param progress is told of the bytes that may hold something else than zeros
   * @param store what is remembered of this memory; what is found is given to it
   */
  public static Survey of(
      PhysicalMemory memory,
      List<PageDetector<?>> detectors,
      int threads,
      Progress progress,
      SurveyStore store) {
    Set<String> names = detectors.stream().map(PageDetector::name).collect(Collectors.toSet());
    Optional<Survey> remembered =
        store.recall(names).flatMap(record -> again(memory, detectors, record, threads));
    if (remembered.isPresent()) {
      return remembered.get();
    }
    Survey survey = of(memory, detectors, threads, progress);
    survey.record().ifPresent(store::keep);
    return survey;
  }

  /** What it leaves behind; empty when a detector failed, which a record does not tell. */
  public Optional<SurveyRecord> record() {
    return failures.isEmpty()
        ? Optional.of(new SurveyRecord(pagesSeen, pagesNotZero, pages, contents))
        : Optional.empty();
  }

  private Survey(SurveyRecord record) {
    pages.putAll(record.pages());
    pagesSeen = record.pagesSeen();
    pagesNotZero = record.pagesNotZero();
    contents = record.contents();
  }

  /** The finds on the pages of a record; empty when one of them holds something else now. */
  private static Optional<Survey> again(
      PhysicalMemory memory, List<PageDetector<?>> detectors, SurveyRecord record, int threads) {
    List<SecondLook> parts = SecondLook.parts(memory, detectors, record, threads);
    List<SecondLook.Outcome> outcomes = Workers.all(parts, "the survey");
    long contents = 0;
    Survey survey = new Survey(record);
    for (SecondLook.Outcome outcome : outcomes) {
      if (!outcome.isSame()) {
        return Optional.empty();
      }
      contents += outcome.contents();
      for (int i = 0; i < detectors.size(); i++) {
        survey
            .finds
            .computeIfAbsent(detectors.get(i), _ -> new ArrayList<>())
            .addAll(outcome.finds().get(i));
      }
    }
    return contents == record.contents() ? Optional.of(survey) : Optional.empty();
  }

  /** Reads a page as words, which a detector looks at far quicker than at memory. */
  static long[] wordsOf(MemorySegment bytes, long offset, long[] words) {
    MemorySegment.copy(bytes, Memory.LONG, offset, words, 0, WORDS);
    return words;
  }

  private static long pagesIn(List<AddressRange> ranges) {
    long pages = 0;
    for (AddressRange range : ranges) {
      long first = range.start() + PAGE_SIZE - 1 & -PAGE_SIZE;
      pages += Math.max(0, (range.end() & -PAGE_SIZE) - first) / PAGE_SIZE;
    }
    return pages;
  }

  /** What {@code detector} found, in ascending order of address. */
  @SuppressWarnings("unchecked")
  public <F> List<F> found(PageDetector<F> detector) {
    return (List<F>) List.copyOf(finds.getOrDefault(detector, List.of()));
  }

  /** Pages on which a detector failed, a line each: what they hold is not known. */
  public List<String> failures() {
    return List.copyOf(failures);
  }

  /** How many pages were looked at, those among them that are zeros without looking. */
  public long pagesSeen() {
    return pagesSeen;
  }

  /** How many of them were not all zeros. */
  public long pagesNotZero() {
    return pagesNotZero;
  }

  /** What was found in a part of memory, a list for each detector. */
  private record Part(long start, List<List<?>> finds, List<Pages> pages) {}

  /** Addresses of pages, without a box for each. */
  private static final class Pages {
    private long[] addresses = new long[8];
    private int count;

    void add(long address) {
      if (count == addresses.length) {
        addresses = Arrays.copyOf(addresses, 2 * count);
      }
      addresses[count++] = address;
    }

    void add(Pages others) {
      if (count + others.count > addresses.length) {
        addresses = Arrays.copyOf(addresses, Math.max(2 * count, count + others.count));
      }
      System.arraycopy(others.addresses, 0, addresses, count, others.count);
      count += others.count;
    }

    long[] toArray() {
      return Arrays.copyOf(addresses, count);
    }
  }

  /** Hands out the parts of memory. */
  private static final class Parts {

    /** Large enough that handing out parts costs nothing, small enough to keep workers busy. */
    private static final long PART_BYTES = 8L << 20;

    private final Iterator<AddressRange> ranges;
    private final Progress progress;
    private final long total;
    private final LongAdder done = new LongAdder();
    private long next;
    private long end;

    Parts(List<AddressRange> ranges, Progress progress) {
      this.ranges = ranges.iterator();
      this.progress = progress;
      total = ranges.stream().mapToLong(AddressRange::length).sum();
    }

    /** A part that nobody has taken; null when there is none. */
    synchronized AddressRange take() {
      if (next == end) {
        if (!ranges.hasNext()) {
          return null;
        }
        AddressRange range = ranges.next();
        next = range.start();
        end = range.end();
      }
      // A part ends where a page does, so that no page is cut in two.
      long length = PART_BYTES - (next & PAGE_SIZE - 1);
      AddressRange part = new AddressRange(next, Math.min(length, end - next));
      next = part.end();
      return part;
    }

    void done(AddressRange part) {
      done.add(part.length());
      progress.advanced("survey", done.sum(), total);
    }
  }

  /** Goes through parts on one thread. */
  private static final class Worker implements Callable<Worker> {

    private final PhysicalMemory memory;
    private final List<PageDetector<?>> detectors;
    private final Parts source;

    /** The parts in which something was found. */
    private final List<Part> parts = new ArrayList<>();

    private final List<String> failures = new ArrayList<>();
    private final ContentSum contents = new ContentSum();
    private final long[] words = new long[WORDS];
    private long pagesSeen;
    private long pagesNotZero;

    Worker(PhysicalMemory memory, List<PageDetector<?>> detectors, Parts source) {
      this.memory = memory;
      this.detectors = detectors;
      this.source = source;
    }

    @Override
    public Worker call() {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment scratch = arena.allocate(SCRATCH_BYTES, PAGE_SIZE);
        for (AddressRange part = source.take(); part != null; part = source.take()) {
          List<PageDetector.Scan<?>> scans = new ArrayList<>(detectors.size());
          List<Pages> pages = new ArrayList<>(detectors.size());
          for (PageDetector<?> detector : detectors) {
            scans.add(detector.begin());
            pages.add(new Pages());
          }
          scan(part, scans, pages, scratch);
          keep(part, scans, pages);
          source.done(part);
        }
      }
      return this;
    }

    private void keep(AddressRange part, List<PageDetector.Scan<?>> scans, List<Pages> pages) {
      List<List<?>> finds = new ArrayList<>(scans.size());
      boolean any = false;
      for (PageDetector.Scan<?> scan : scans) {
        List<?> found = List.copyOf(scan.found());
        finds.add(found);
        any |= !found.isEmpty();
      }
      if (any) {
        parts.add(new Part(part.start(), finds, pages));
      }
    }

    private void scan(
        AddressRange part,
        List<PageDetector.Scan<?>> scans,
        List<Pages> pages,
        MemorySegment scratch) {
      long end = part.end();
      long address = part.start() + PAGE_SIZE - 1 & -PAGE_SIZE;
      while (end - address >= PAGE_SIZE) {
        MemorySegment bytes =
            memory.sequentialView(
                address, scratch.asSlice(0, Math.min(scratch.byteSize(), end - address)));
        long whole = bytes.byteSize() & -PAGE_SIZE;
        if (whole == 0) {
          // The page is pieced together from runs that do not lie side by side in the file.
          address += PAGE_SIZE;
          continue;
        }
        for (long offset = 0; offset < whole; offset += PAGE_SIZE) {
          page(address + offset, bytes, offset, scans, pages);
        }
        address += whole;
      }
    }

    /** A detector that fails on a page costs what it would have found there. */
    private void failed(int detector, long address, RuntimeException failure) {
      if (failures.size() < MOST_FAILURES) {
        failures.add(
            "page 0x%x: the look for %s failed with %s"
                .formatted(address, detectors.get(detector).name(), failure));
      }
    }

    private void page(
        long address,
        MemorySegment bytes,
        long offset,
        List<PageDetector.Scan<?>> scans,
        List<Pages> pages) {
      pagesSeen++;
      if (MemorySegment.mismatch(bytes, offset, offset + PAGE_SIZE, ZEROS, 0, PAGE_SIZE) < 0) {
        return;
      }
      pagesNotZero++;
      wordsOf(bytes, offset, words);
      for (int i = 0; i < scans.size(); i++) {
        PageDetector.Scan<?> scan = scans.get(i);
        int before = scan.found().size();
        try {
          scan.page(address, words, bytes, offset);
        } catch (RuntimeException e) {
          failed(i, address, e);
        }
        if (scan.found().size() != before) {
          pages.get(i).add(address);
          contents.add(bytes, offset);
        }
      }
    }
  }
}
