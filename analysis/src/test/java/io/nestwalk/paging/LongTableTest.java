package io.nestwalk.paging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LongTableTest {

  @Test
  void itAnswersLikeASet() {
    Random random = new Random(3);
    LongTable set = LongTable.ofKeys();
    Set<Long> expected = new HashSet<>();
    for (int i = 0; i < 20_000; i++) {
      long address = (long) random.nextInt(15_000) << 12 | random.nextInt(2);
      assertThat(set.contains(address)).isEqualTo(expected.contains(address));
      assertThat(set.add(address)).isEqualTo(expected.add(address));
      assertThat(set.size()).isEqualTo(expected.size());
    }
    assertThat(set.toSet()).isEqualTo(expected);
  }

  @Test
  void itAnswersLikeAMapInWhichTheFirstValueStays() {
    Random random = new Random(4);
    LongTable map = LongTable.ofValues();
    Map<Long, Long> expected = new HashMap<>();
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 20_000; i++) {
        long key = random.nextLong(30_000) - 15_000;
        if (key != -1) {
          long value = random.nextLong();
          map.put(key, value);
          expected.putIfAbsent(key, value);
        }
      }
      assertThat(map.size()).isEqualTo(expected.size());
      expected.forEach((key, value) -> assertThat(map.value(map.find(key))).isEqualTo(value));
      assertThat(map.find(Long.MAX_VALUE)).isEqualTo(LongTable.ABSENT);
      map.clear();
      expected.clear();
      assertThat(map.size()).isZero();
      assertThat(map.contains(7)).isFalse();
    }
  }
}
