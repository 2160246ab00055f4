package io.nestwalk.paging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class DirectMappedCacheTest {

  @Test
  void aValueIsFoundByItsKeyAndNoOther() {
    DirectMappedCache cache = new DirectMappedCache(4);
    assertThat(cache.find(0)).isEqualTo(DirectMappedCache.NONE);
    cache.keep(5, 0x7000);
    assertThat(cache.find(5)).isEqualTo(0x7000);
    assertThat(cache.find(6)).isEqualTo(DirectMappedCache.NONE);
    // The same slot, another key.
    assertThat(cache.find(9)).isEqualTo(DirectMappedCache.NONE);
    assertThat(cache.find(1)).isEqualTo(DirectMappedCache.NONE);
    assertThat(cache.find(5 | 1L << 62)).isEqualTo(DirectMappedCache.NONE);
  }

  @Test
  void whatComesLaterTakesTheSlot() {
    DirectMappedCache cache = new DirectMappedCache(4);
    cache.keep(1, 0x1000);
    cache.keep(5, 0x5000);
    assertThat(cache.find(1)).isEqualTo(DirectMappedCache.NONE);
    assertThat(cache.find(5)).isEqualTo(0x5000);
    cache.keep(7, 0);
    assertThat(cache.find(7)).isZero();
    cache.keep(7, Translation.of(Fault.NOT_PRESENT));
    assertThat(cache.find(7)).isEqualTo(Translation.of(Fault.NOT_PRESENT));
  }

  @Test
  void whatIsEmptyHoldsNoKey() {
    DirectMappedCache cache = new DirectMappedCache(64);
    for (long key = 0; key < 64; key++) {
      assertThat(cache.find(key)).isEqualTo(DirectMappedCache.NONE);
      assertThat(cache.find(-2 - key)).isEqualTo(DirectMappedCache.NONE);
    }
  }

  @Test
  void asManyAsItMayHoldAreKept() {
    DirectMappedCache cache = new DirectMappedCache(256);
    for (long key = 0; key < 256; key++) {
      cache.keep(0x7000_0000L + key, key << 12);
    }
    for (long key = 0; key < 256; key++) {
      assertThat(cache.find(0x7000_0000L + key)).isEqualTo(key << 12);
    }
    // One more takes a slot of one of them.
    cache.keep(0x7000_0100L, 0xabc000);
    assertThat(cache.find(0x7000_0100L)).isEqualTo(0xabc000);
    assertThat(cache.find(0x7000_0000L)).isEqualTo(DirectMappedCache.NONE);
    assertThat(cache.find(0x7000_0001L)).isEqualTo(0x1000);
  }

  @Test
  void whatWasKeptBeforeItGrewIsFoundAfterwards() {
    DirectMappedCache cache = new DirectMappedCache(1 << 12);
    // All of one slot while the cache is small.
    for (long key = 0; key < 1 << 12; key += 1 << 6) {
      cache.keep(key, key);
      assertThat(cache.find(key)).isEqualTo(key);
    }
    for (long key = 0; key < 1 << 12; key += 1 << 6) {
      assertThat(cache.find(key)).isEqualTo(key);
    }
  }

  @Test
  void threadsThatShareOneFindTheRightValueOrNone() throws Exception {
    for (int round = 0; round < 50; round++) {
      DirectMappedCache cache = new DirectMappedCache(1 << 10);
      List<Callable<Long>> threads = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        long step = 2L * thread + 1;
        threads.add(
            () -> {
              long wrong = 0;
              for (long i = 0; i < 4096; i++) {
                long key = i * step & 2047;
                cache.keep(key, key * 31);
                long other = cache.find(key ^ 5);
                wrong += other == DirectMappedCache.NONE || other == (key ^ 5) * 31 ? 0 : 1;
              }
              return wrong;
            });
      }
      try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
        for (Future<Long> each : pool.invokeAll(threads)) {
          assertThat(each.get()).isZero();
        }
      }
    }
  }
}
