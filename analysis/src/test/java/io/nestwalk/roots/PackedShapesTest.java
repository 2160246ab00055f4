package io.nestwalk.roots;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PackedShapesTest {

  private static final long PAGE = 65536;

  private final PackedShapes shapes = new PackedShapes(PAGE, 1 << 20);

  @Test
  void itAnswersLikeAMap() {
    Random random = new Random(5);
    Map<Long, Shape> expected = new HashMap<>();
    for (int i = 0; i < 10_000; i++) {
      long key = random.nextLong(1L << 40) << 12 | random.nextInt(5);
      Shape shape = shape(random);
      if (expected.putIfAbsent(key, shape) == null) {
        assertThat(shapes.find(key)).isNegative();
        put(shapes, key, shape);
      }
    }
    assertThat(shapes.size()).isEqualTo(expected.size());
    expected.forEach((key, shape) -> assertThat(get(shapes, key)).isEqualTo(shape));
    assertThat(shapes.find(0xfff_ffff_f000L)).isNegative();
  }

  @Test
  void whatDoesNotFitIsKeptToo() {
    Shape[] wide = {
      new Shape(1, 2, PAGE + 4096, 0, 0, 0),
      new Shape(200, 2, 2 * PAGE, 0, 0, 0),
      new Shape(1, 1 << 14, PAGE << 14, 0, 0, 0),
      new Shape(1, 0, 0, 1L << 40, 1 << 14, 1 << 20),
      new Shape(1L << 40, 1L << 50, PAGE, 0, 0, 0)
    };
    for (int i = 0; i < wide.length; i++) {
      put(shapes, i << 12, wide[i]);
    }
    for (int i = 0; i < wide.length; i++) {
      assertThat(get(shapes, i << 12)).isEqualTo(wide[i]);
    }
  }

  /** Whatever is still known is right, and no more is kept than may be. */
  @Test
  void whatIsTooMuchIsForgotten() {
    PackedShapes few = new PackedShapes(PAGE, 100);
    Random random = new Random(6);
    Map<Long, Shape> expected = new HashMap<>();
    for (long key = 0; key < 5000 << 12; key += 4096) {
      Shape shape = shape(random);
      expected.put(key, shape);
      put(few, key, shape);
      assertThat(get(few, key)).isEqualTo(shape);
      assertThat(few.size()).isBetween(1, 100);
    }
    int known = 0;
    for (Map.Entry<Long, Shape> each : expected.entrySet()) {
      if (few.find(each.getKey()) >= 0) {
        assertThat(get(few, each.getKey())).isEqualTo(each.getValue());
        known++;
      }
    }
    assertThat(known).isEqualTo(few.size());
  }

  private static Shape shape(Random random) {
    long leaves = random.nextInt(8193);
    return new Shape(
        1 + random.nextInt(100),
        leaves,
        leaves * PAGE,
        random.nextInt(8193),
        random.nextInt(8193),
        random.nextInt(8193));
  }

  private static void put(PackedShapes shapes, long key, Shape shape) {
    Tally tally = new Tally();
    tally.begin(0);
    tally.add(shape);
    shapes.put(key, tally);
  }

  private static Shape get(PackedShapes shapes, long key) {
    Tally tally = new Tally();
    tally.begin(0);
    shapes.addTo(tally, shapes.find(key));
    return tally.shape();
  }
}
