package io.nestwalk.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PageIndexTest {

  private static final int PAGE = 4096;

  /** A map from page to entry is the other implementation that this is held against. */
  @Test
  void itAnswersLikeAMapWhateverTheOrder() throws ImageException {
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      PageIndex.Builder builder = PageIndex.builder("test", PAGE);
      Map<Long, StoredBlock> expected = new HashMap<>();
      for (int i = 0; i < 2000; i++) {
        long page = random.nextInt(300);
        int length = random.nextInt(8);
        for (long p = page; p <= page + length; p++) {
          StoredBlock block =
              new StoredBlock(
                  p * PAGE,
                  PAGE,
                  random.nextInt(PageIndex.ENCODING_LIMIT),
                  random.nextLong(PageIndex.OFFSET_LIMIT),
                  random.nextInt(PageIndex.STORED_SIZE_LIMIT));
          expected.put(p, block);
          builder.add(block.start(), block.encoding(), block.offset(), block.storedSize());
        }
      }
      PageIndex index = builder.build();
      assertThat(builder.count()).isEqualTo(expected.size());
      Set<Long> numbers = new HashSet<>();
      for (long p = 0; p < 320; p++) {
        StoredBlock block = expected.get(p);
        long number = index.blockAt(p * PAGE + 5);
        if (block == null) {
          assertThat(number).isEqualTo(BlockIndex.ABSENT);
        } else {
          assertThat(index.storedAt(p * PAGE + 5)).isEqualTo(block);
          assertThat(numbers.add(number)).isTrue();
          assertThat(index.blockAt(p * PAGE + PAGE - 1)).isEqualTo(number);
        }
      }
      long present = index.ranges().stream().mapToLong(AddressRange::length).sum();
      assertThat(present).isEqualTo((long) expected.size() * PAGE);
      for (int i = 1; i < index.ranges().size(); i++) {
        assertThat(index.ranges().get(i).start()).isGreaterThan(index.ranges().get(i - 1).end());
      }
    }
  }

  @Test
  void pagesOfZerosAreNotPopulated() throws ImageException {
    PageIndex.Builder builder = PageIndex.builder("test", PAGE);
    for (int i = 0; i < 200_000; i++) {
      if (i % 50_000 == 7) {
        builder.addRaw((long) i * PAGE, i);
      } else {
        builder.addFilled((long) i * PAGE, (byte) (i == 60_000 ? 0xff : 0));
      }
    }
    assertThat(builder.build().populatedRanges())
        .containsExactly(
            new AddressRange(7L * PAGE, PAGE),
            new AddressRange(50_007L * PAGE, PAGE),
            new AddressRange(60_000L * PAGE, PAGE),
            new AddressRange(100_007L * PAGE, PAGE),
            new AddressRange(150_007L * PAGE, PAGE));
  }

  /** In a chunk most entries take four bytes; what is too far from the first one takes eight. */
  @Test
  void offsetsNearAndFar() throws ImageException {
    for (int seed = 0; seed < 30; seed++) {
      Random random = new Random(seed);
      PageIndex.Builder builder = PageIndex.builder("test", PAGE);
      long first = random.nextLong(PageIndex.OFFSET_LIMIT / 2) + (1L << 33);
      long[] offsets = {first, first + 1, first + 0xffff_fffeL, first + 0xffff_ffffL, first - 1};
      int used = 2 + random.nextInt(offsets.length - 1);
      Map<Integer, StoredBlock> expected = new HashMap<>();
      for (int i = 0; i < 4000; i++) {
        int page = i < 1500 ? i : random.nextInt(1500);
        boolean zeros = random.nextInt(3) == 0;
        long offset = zeros ? 0 : i == 0 ? first : offsets[random.nextInt(used)];
        int encoding = zeros ? StoredBlock.FILL : StoredBlock.RAW;
        builder.add((long) page * PAGE, encoding, offset, 0);
        expected.put(page, new StoredBlock((long) page * PAGE, PAGE, encoding, offset, 0));
      }
      PageIndex index = builder.build();
      expected.forEach(
          (page, block) -> assertThat(index.storedAt((long) page * PAGE)).isEqualTo(block));
      AddressRange last = index.populatedRanges().getLast();
      int end = 1500;
      while (expected.get(end - 1).encoding() == StoredBlock.FILL) {
        end--;
      }
      assertThat(last.end()).isEqualTo((long) end * PAGE);
    }
  }

  @Test
  void pagesOfZerosTakeNextToNothing() throws ImageException {
    long limit = 1 << 20;
    PageIndex.Builder builder = PageIndex.builder("test", PAGE, limit);
    int zeros = 16 << 20;
    for (long i = 0; i < zeros; i++) {
      builder.addFilled(i * PAGE, (byte) 0);
    }
    assertThat(builder.count()).isEqualTo(zeros);
    assertThatThrownBy(
            () -> {
              for (long i = zeros; i < 2L * zeros; i++) {
                builder.addRaw(i * PAGE, i * PAGE);
              }
            })
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("need more heap than there is; allow more with -Xmx");
    // Four bytes each, and what was there before.
    assertThat((builder.count() - zeros) * 4L).isBetween(limit / 5, limit);
  }

  @Test
  void moreBlocksThanAChunkHolds() throws ImageException {
    PageIndex.Builder builder = PageIndex.builder("test", PAGE);
    int count = 200_000;
    for (int i = 0; i < count; i++) {
      builder.addRaw((long) i * PAGE, i);
    }
    PageIndex index = builder.build();
    assertThat(index.ranges()).containsExactly(new AddressRange(0, (long) count * PAGE));
    for (int i = 0; i < count; i += 997) {
      assertThat(index.storedAt((long) i * PAGE).offset()).isEqualTo(i);
    }
  }

  @Test
  void theLastBlockOfARangeMayBeShort() throws ImageException {
    PageIndex.Builder builder = PageIndex.builder("test", PAGE);
    builder.addRaw(0x1800, 1);
    builder.add(0x2800, 100, StoredBlock.RAW, 2, 0);
    builder.addRaw(0x2800 + 100, 3);
    PageIndex index = builder.build();
    assertThat(index.ranges()).containsExactly(new AddressRange(0x1800, 2 * PAGE + 100));
    assertThat(index.storedAt(0x2800)).isEqualTo(new StoredBlock(0x2800, 100, 0, 2, 0));
    assertThat(index.storedAt(0x2800 + 99).offset()).isEqualTo(2);
    assertThat(index.storedAt(0x2800 + 100))
        .isEqualTo(new StoredBlock(0x2800 + 100, PAGE, 0, 3, 0));
    assertThat(index.blockAt(0x1800 + 2 * PAGE + 100)).isEqualTo(BlockIndex.ABSENT);
  }

  @Test
  void whatNoDumpCanHaveIsRefused() throws ImageException {
    PageIndex.Builder builder = PageIndex.builder("test", PAGE);
    builder.addRaw(0x4000, 0).addRaw(0x5000, 0);
    assertThatThrownBy(() -> builder.addRaw(0x4800, 0)).hasMessageContaining("overlaps");
    assertThatThrownBy(() -> builder.addRaw(0x3800, 0)).hasMessageContaining("overlaps");
    assertThatThrownBy(() -> builder.addRaw(-PAGE, 0)).hasMessageContaining("beyond 2^63");
    assertThatThrownBy(() -> builder.addRaw(0, PageIndex.OFFSET_LIMIT))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith("test: ")
        .hasMessageContaining("8 TiB");
    assertThatThrownBy(() -> builder.addRaw(0, -1)).isInstanceOf(ImageException.class);
    assertThatThrownBy(() -> builder.add(0, 2, 0, PageIndex.STORED_SIZE_LIMIT))
        .isInstanceOf(ImageException.class);
    assertThat(builder.holds(0x5fff)).isTrue();
    assertThat(builder.holds(0x6000)).isFalse();
    assertThat(builder.build().ranges()).containsExactly(new AddressRange(0x4000, 2 * PAGE));
  }
}
