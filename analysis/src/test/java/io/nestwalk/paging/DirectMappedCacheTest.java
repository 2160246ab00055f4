package io.nestwalk.paging;

import static org.assertj.core.api.Assertions.assertThat;

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
}
