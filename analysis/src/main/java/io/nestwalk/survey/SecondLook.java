package io.nestwalk.survey;

import io.nestwalk.image.PhysicalMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** Looks at a part of the pages that an earlier survey has remembered. */
final class SecondLook implements Callable<SecondLook.Outcome> {

  /** With fewer for each, a second thread gains nothing: both end before their code is compiled. */
  private static final int PAGES_FOR_A_THREAD = 1 << 12;

  private final PhysicalMemory memory;
  private final List<PageDetector<?>> detectors;
  private final SurveyRecord record;
  private final int part;
  private final int parts;

  private SecondLook(
      PhysicalMemory memory,
      List<PageDetector<?>> detectors,
      SurveyRecord record,
      int part,
      int parts) {
    this.memory = memory;
    this.detectors = detectors;
    this.record = record;
    this.part = part;
    this.parts = parts;
  }

  /**
   * What a part of the pages holds now.
   *
   * @param isSame whether each detector found something on each of its pages; without, nothing else
   *     is said
   * @param finds a list for each detector, in ascending order of address
   * @param contents the sum of what the pages hold
   */
  record Outcome(boolean isSame, List<List<?>> finds, long contents) {
    private static final Outcome ANOTHER = new Outcome(false, List.of(), 0);
  }

  /** As many parts as there are threads, or fewer, that hold all pages of a record together. */
  static List<SecondLook> parts(
      PhysicalMemory memory, List<PageDetector<?>> detectors, SurveyRecord record, int threads) {
    long pages = record.pages().values().stream().mapToLong(addresses -> addresses.length).sum();
    int parts = Math.clamp(pages / PAGES_FOR_A_THREAD, 1, threads);
    List<SecondLook> looks = new ArrayList<>(parts);
    for (int part = 0; part < parts; part++) {
      looks.add(new SecondLook(memory, detectors, record, part, parts));
    }
    return looks;
  }

  @Override
  public Outcome call() {
    ContentSum contents = new ContentSum();
    List<List<?>> finds = new ArrayList<>(detectors.size());
    long[] words = new long[Survey.WORDS];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment scratch = arena.allocate(Survey.PAGE_SIZE, Survey.PAGE_SIZE);
      for (PageDetector<?> detector : detectors) {
        PageDetector.Scan<?> scan = detector.begin();
        long[] addresses = record.pages().get(detector.name());
        int end = border(addresses, part + 1);
        for (int i = border(addresses, part); i < end; i++) {
          MemorySegment bytes = memory.sequentialView(addresses[i], scratch);
          if (bytes.byteSize() < Survey.PAGE_SIZE
              || !finds(scan, addresses[i], Survey.wordsOf(bytes, 0, words), bytes)) {
            return Outcome.ANOTHER;
          }
          contents.add(bytes, 0);
        }
        finds.add(scan.found());
      }
    }
    return new Outcome(true, finds, contents.value());
  }

  private int border(long[] addresses, int before) {
    return (int) ((long) addresses.length * before / parts);
  }

  private static boolean finds(
      PageDetector.Scan<?> scan, long address, long[] words, MemorySegment bytes) {
    int before = scan.found().size();
    try {
      scan.page(address, words, bytes, 0);
    } catch (RuntimeException e) {
      return false;
    }
    return scan.found().size() > before;
  }
}
