package io.nestwalk.survey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.MappedMemory;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.Progress;
import io.nestwalk.synthetic.SparseMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SurveyTest {

  /** A page that was shown. */
  private record Seen(long address, long lastWord) {}

  private static final class Collector implements PageDetector<Seen> {

    @Override
    public String name() {
      return "collector " + System.identityHashCode(this);
    }

    @Override
    public Scan<Seen> begin() {
      return new Scan<>() {

        private final List<Seen> found = new ArrayList<>();

        @Override
        public void page(long address, MemorySegment bytes, long offset) {
          found.add(new Seen(address, bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, offset + 4088)));
        }

        @Override
        public List<Seen> found() {
          return found;
        }
      };
    }
  }

  private final Collector first = new Collector();
  private final Collector second = new Collector();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void everyPageWithContentIsSeenOnceInOrder(int threads) {
    Random random = new Random(threads);
    TreeSet<Long> pages = new TreeSet<>();
    for (int i = 0; i < 300; i++) {
      // Some lie side by side, some in another part of the work, some far away.
      pages.add(random.nextLong() & (i % 3 == 0 ? 0xff_fff0_0000L : 0x3ff_f000L));
    }
    SparseMemory memory = new SparseMemory();
    List<Seen> expected = new ArrayList<>();
    for (long page : pages) {
      memory.touch(page, 1);
      if (random.nextInt(3) > 0) {
        memory.putLong(page + 4088, page + 1);
        expected.add(new Seen(page, page + 1));
      }
    }
    AtomicLong last = new AtomicLong();
    Progress progress = (stage, done, total) -> last.accumulateAndGet(done, Math::max);

    Survey survey = Survey.of(memory.memory(), List.of(first, second), threads, progress);

    assertThat(survey.found(first)).isEqualTo(expected);
    assertThat(survey.found(second)).isEqualTo(expected);
    assertThat(survey.pagesSeen()).isEqualTo(pages.size());
    assertThat(survey.pagesNotZero()).isEqualTo(expected.size());
    assertThat(last.get()).isEqualTo(pages.size() * 4096L);
  }

  @Test
  void aSingleBitAnywhereMakesAPageSeen() {
    for (int at : new int[] {0, 1, 2047, 4095}) {
      byte[] bytes = new byte[4096];
      bytes[at] = 1;
      assertThat(survey(bytes, new MemoryRun(0x5000, 4096, 0)).pagesNotZero()).isEqualTo(1);
    }
  }

  @Test
  void aCutLastPageAndPiecesOfPagesAreNotShown() {
    byte[] bytes = new byte[5 * 4096];
    Arrays.fill(bytes, (byte) 7);
    Survey cut = survey(bytes, new MemoryRun(0, 2 * 4096 + 4095, 0));
    assertThat(cut.found(first)).extracting(Seen::address).containsExactly(0L, 4096L);
    Survey unaligned = survey(bytes, new MemoryRun(0x1800, 3 * 4096, 0));
    assertThat(unaligned.found(first)).extracting(Seen::address).containsExactly(0x2000L, 0x3000L);
    Survey tiny = survey(bytes, new MemoryRun(0x1800, 100, 0));
    assertThat(tiny.pagesSeen()).isZero();
  }

  /** Enough for three threads at the second look, and a last part that is not full. */
  private static final int MANY_PAGES = 3 * 4096 + 5;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8})
  void theSecondLookFindsTheSameInTheSameOrder(int threads) {
    byte[] bytes = new byte[MANY_PAGES * 4096];
    for (int page = 0; page < MANY_PAGES; page++) {
      bytes[page * 4096 + 4088] = (byte) (1 + page % 100);
    }
    List<MemoryRun> runs = List.of(new MemoryRun(0, bytes.length, 0));
    MappedMemory memory = MappedMemory.of(MemorySegment.ofArray(bytes), runs);
    HeldSurveys store = new HeldSurveys();
    List<PageDetector<?>> both = List.of(first, second);
    Survey seen = Survey.of(memory, both, threads, Progress.NONE, store);
    Survey again = Survey.of(memory, both, threads, Progress.NONE, store);
    assertThat(again.found(first)).hasSize(MANY_PAGES).isEqualTo(seen.found(first));
    assertThat(again.found(second)).isEqualTo(seen.found(second));
    assertThat(again.record()).isEqualTo(seen.record());
    // What a page in the last part holds has changed: nothing of the record is believed.
    bytes[(MANY_PAGES - 1) * 4096 + 4088]++;
    Survey anew = Survey.of(memory, both, threads, Progress.NONE, store);
    assertThat(anew.record()).isNotEqualTo(seen.record());
    assertThat(store.recall(Set.of(first.name(), second.name()))).isEqualTo(anew.record());
    assertThat(anew.found(first).getLast())
        .isEqualTo(new Seen((MANY_PAGES - 1) * 4096L, 2 + (MANY_PAGES - 1) % 100));
  }

  @Test
  void aDetectorThatWasNotAskedFoundNothing() {
    Survey survey = survey(new byte[4096], new MemoryRun(0, 4096, 0));
    assertThat(survey.found(second)).isEmpty();
  }

  @Test
  void aDetectorThatFailsIsNotSwallowed() {
    PageDetector<Long> broken =
        new PageDetector<>() {
          @Override
          public String name() {
            return "broken";
          }

          @Override
          public Scan<Long> begin() {
            throw new IllegalArgumentException("broken");
          }
        };
    MappedMemory memory =
        MappedMemory.of(MemorySegment.ofArray(new byte[4096]), List.of(new MemoryRun(0, 4096, 0)));
    assertThatThrownBy(() -> Survey.of(memory, List.of(broken), 2, Progress.NONE))
        .hasRootCauseMessage("broken");
  }

  private Survey survey(byte[] bytes, MemoryRun run) {
    MappedMemory memory = MappedMemory.of(MemorySegment.ofArray(bytes), List.of(run));
    return Survey.of(memory, List.of(first), 2, Progress.NONE);
  }
}
