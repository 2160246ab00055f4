package io.nestwalk.roots;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PackedShapesTest {

  private static final long PAGE = 65536;

  private final PackedShapes shapes = new PackedShapes(PAGE);

  @Test
  void itAnswersLikeAMap() {
    Random random = new Random(5);
    Map<Long, Shape> expected = new HashMap<>();
    for (int i = 0; i < 10_000; i++) {
      long table = random.nextLong(1L << 40) << 12;
      long leaves = random.nextInt(8193);
      Shape shape =
          new Shape(
              1,
              leaves,
              leaves * PAGE,
              random.nextInt(8193),
              random.nextInt(8193),
              random.nextInt(8193));
      if (expected.putIfAbsent(table, shape) == null) {
        assertThat(shapes.get(table)).isNull();
        assertThat(shapes.put(table, shape)).isTrue();
      }
    }
    assertThat(shapes.size()).isEqualTo(expected.size());
    expected.forEach((table, shape) -> assertThat(shapes.get(table)).isEqualTo(shape));
    assertThat(shapes.get(0xfff_ffff_f000L)).isNull();
  }

  @Test
  void whatDoesNotFitIsNotTaken() {
    assertThat(shapes.put(0x1000, new Shape(1, 2, PAGE + 4096, 0, 0, 0))).isFalse();
    assertThat(shapes.put(0x1000, new Shape(2, 2, 2 * PAGE, 0, 0, 0))).isFalse();
    assertThat(shapes.put(0x1000, new Shape(1, 1 << 14, PAGE << 14, 0, 0, 0))).isFalse();
    assertThat(shapes.get(0x1000)).isNull();
    assertThat(shapes.size()).isZero();
    assertThat(shapes.put(0x1000, new Shape(1, 2, 2 * PAGE, 0, 0, 0))).isTrue();
  }
}
