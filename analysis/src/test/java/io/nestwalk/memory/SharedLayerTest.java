package io.nestwalk.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.paging.Walker;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.TableBuilder;
import io.nestwalk.synthetic.X86Form;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Eight threads on one layer get what one thread gets. */
class SharedLayerTest {

  private static final int THREADS = 8;
  private static final int TRIES = 200_000;

  /** Far enough apart to meet in the same places of the caches. */
  private static final long STRIDE = 1L << 24;

  private static final int PAGES = 64;

  @Test
  void threadsShareALayer() throws Exception {
    SparseMemory bytes = new SparseMemory();
    TableBuilder tables = new TableBuilder(X86Form.longMode(4, 48), bytes, Frames.from(0x100_0000));
    for (int i = 0; i < PAGES; i++) {
      tables.map(i * STRIDE, 0x40_0000 + 0x1000L * (PAGES - i), 12, Rights.ALL);
    }
    PhysicalMemory host = bytes.memory();
    Walker walker = new Walker(tables.form().mode(), tables.root(), host);
    Layer shared = TranslatedMemory.of(host, walker);
    long[] expected = new long[PAGES];
    for (int i = 0; i < PAGES; i++) {
      expected[i] = shared.fork().translate(i * STRIDE);
    }
    List<Future<Integer>> wrong = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      for (int thread = 0; thread < THREADS; thread++) {
        int seed = thread;
        wrong.add(
            threads.submit(
                () -> {
                  Random random = new Random(seed);
                  int count = 0;
                  for (int i = 0; i < TRIES; i++) {
                    int page = random.nextInt(PAGES);
                    count += shared.translate(page * STRIDE) == expected[page] ? 0 : 1;
                    count += walker.translate(page * STRIDE) == expected[page] ? 0 : 1;
                  }
                  return count;
                }));
      }
    }
    for (Future<Integer> each : wrong) {
      assertThat(each.get()).isZero();
    }
  }
}
