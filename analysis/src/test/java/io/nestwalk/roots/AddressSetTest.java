package io.nestwalk.roots;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AddressSetTest {

  @Test
  void itAnswersLikeASet() {
    Random random = new Random(3);
    AddressSet set = new AddressSet();
    Set<Long> expected = new HashSet<>();
    for (int i = 0; i < 20_000; i++) {
      long address = (long) random.nextInt(15_000) << 12 | random.nextInt(2);
      assertThat(set.contains(address)).isEqualTo(expected.contains(address));
      assertThat(set.add(address)).isEqualTo(expected.add(address));
      assertThat(set.size()).isEqualTo(expected.size());
    }
    assertThat(set.toSet()).isEqualTo(expected);
  }
}
