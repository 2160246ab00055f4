package io.nestwalk.paging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TableCacheTest {

  private static final List<Level> LEVELS = X86Modes.fourLevel(48).levels();
  private static final long REACH = 1L << 21;

  @Test
  void aTableIsFoundForAllThatItMapsAndNothingElse() {
    TableCache cache = new TableCache(LEVELS, 3, 4);
    assertThat(cache.find(0)).isEqualTo(TableCache.NONE);
    cache.keep(5 * REACH + 123, 0x7000);
    assertThat(cache.find(5 * REACH)).isEqualTo(0x7000);
    assertThat(cache.find(6 * REACH - 1)).isEqualTo(0x7000);
    assertThat(cache.find(6 * REACH)).isEqualTo(TableCache.NONE);
    assertThat(cache.find(5 * REACH - 1)).isEqualTo(TableCache.NONE);
    // The same slot, another address.
    assertThat(cache.find(9 * REACH)).isEqualTo(TableCache.NONE);
    assertThat(cache.find(-1)).isEqualTo(TableCache.NONE);
  }

  @Test
  void whatComesLaterTakesTheSlot() {
    TableCache cache = new TableCache(LEVELS, 3, 4);
    cache.keep(REACH, 0x1000);
    cache.keep(5 * REACH, 0x5000);
    assertThat(cache.find(REACH)).isEqualTo(TableCache.NONE);
    assertThat(cache.find(5 * REACH)).isEqualTo(0x5000);
    cache.keep(-1, 0);
    assertThat(cache.find(-1)).isZero();
  }

  @Test
  void aLevelAboveReachesFurther() {
    TableCache cache = new TableCache(LEVELS, 2, 4);
    cache.keep(0, 0x3000);
    assertThat(cache.find((1L << 30) - 1)).isEqualTo(0x3000);
    assertThat(cache.find(1L << 30)).isEqualTo(TableCache.NONE);
  }

  @Test
  void aRootIsNotKept() {
    assertThat(new TableCache(LEVELS, 0, 4).find(0)).isEqualTo(TableCache.NONE);
    assertThat(new TableCache(LEVELS, -1, 4).find(-1)).isEqualTo(TableCache.NONE);
  }
}
