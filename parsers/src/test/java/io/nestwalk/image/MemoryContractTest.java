package io.nestwalk.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Memory} has to do. An implementation is tested by a subclass. */
public abstract class MemoryContractTest {

  protected static final int PAGE = 4096;

  /** Two pages that touch, a hole of one page, one page, a large hole, two pages that touch. */
  private static final long[] PAGES = {0x3000, 0x4000, 0x6000, 0x7_0000_0000L, 0x7_0000_1000L};

  private static final long MISSING_LONG = 0x1122334455667788L;
  private static final int MISSING_INT = 0x55667788;

  private SortedMap<Long, byte[]> pages;
  private Memory memory;

  /**
   * Makes a memory of these pages.
   *
   * @param pages page-aligned addresses and 4096 bytes each; pages that touch should be stored
   *     apart from one another where the implementation allows it
   */
  protected abstract Memory memoryOf(SortedMap<Long, byte[]> pages);

  /** The byte at a place that {@link Memory#locate} answered. */
  protected abstract byte storedByte(long location);

  @BeforeEach
  void fill() {
    Random random = new Random(42);
    pages = new TreeMap<>();
    for (long address : PAGES) {
      byte[] content = new byte[PAGE];
      random.nextBytes(content);
      pages.put(address, content);
    }
    memory = memoryOf(pages);
  }

  @Test
  void everyPresentByteIsReadAsUnsigned() {
    boolean negativeSeen = false;
    for (long page : PAGES) {
      for (int i = 0; i < PAGE; i++) {
        byte expected = pages.get(page)[i];
        negativeSeen |= expected < 0;
        assertThat(memory.getByte(page + i)).isEqualTo(expected & 0xff);
      }
    }
    assertThat(negativeSeen).isTrue();
  }

  @Test
  void missingBytesAreMinusOneAndNotPresent() {
    long[] missing = {
      0,
      0x2fff,
      0x5000,
      0x5fff,
      0x7000,
      0x6_ffff_ffffL,
      0x7_0000_2000L,
      Long.MAX_VALUE,
      Long.MIN_VALUE,
      -1
    };
    for (long address : missing) {
      assertThat(memory.getByte(address)).as("%x", address).isEqualTo(-1);
      assertThat(memory.isPresent(address)).as("%x", address).isFalse();
      assertThat(memory.locate(address)).as("%x", address).isEqualTo(Memory.NOWHERE);
      assertThat(memory.getLong(address, MISSING_LONG)).isEqualTo(MISSING_LONG);
      assertThat(memory.getInt(address, MISSING_INT)).isEqualTo(MISSING_INT);
      assertThat(memory.getShort(address)).isEqualTo(-1);
    }
  }

  @Test
  void valuesAreLittleEndianAtEveryOffsetAndAcrossEveryBorder() {
    for (long page : PAGES) {
      for (long address = page - 9; address < page + 9; address++) {
        checkValuesAt(address);
      }
      for (long address = page + PAGE - 9; address < page + PAGE + 9; address++) {
        checkValuesAt(address);
      }
    }
  }

  @Test
  void manyValuesAreReadAsEachOfThemIs() {
    long[] starts = {0x2ff8, 0x3000, 0x3004, 0x3ffc, 0x4800, 0x5ff0, 0x6ffa, 0x7_0000_0ff8L, -16};
    for (long start : starts) {
      long[] values = new long[3 * PAGE / Long.BYTES + 2];
      Arrays.fill(values, 5);

      memory.getLongs(start, values, 1, values.length - 2, MISSING_LONG);

      assertThat(values[0]).isEqualTo(5);
      assertThat(values[values.length - 1]).isEqualTo(5);
      for (int i = 1; i < values.length - 1; i++) {
        assertThat(values[i])
            .as("%x", start + 8L * (i - 1))
            .isEqualTo(memory.getLong(start + 8L * (i - 1), MISSING_LONG));
      }
    }
  }

  @Test
  void whatIsMissingIsNamedByTheCaller() {
    assertThat(memory.getLong(0x5000, 7)).isEqualTo(7);
    assertThat(memory.getLong(0x5000, -7)).isEqualTo(-7);
    assertThat(memory.getInt(0x4ffe, 9)).isEqualTo(9);
    assertThat(memory.getLong(0x4ffc, 3)).isEqualTo(3);
  }

  @Test
  void readingGoesOnOverPagesThatTouchAndStopsAtAHole() {
    MemorySegment target = MemorySegment.ofArray(new byte[3 * PAGE]);
    target.fill((byte) 0x5a);

    assertThat(memory.read(0x3010, target)).isEqualTo(2 * PAGE - 0x10);

    byte[] both = concat(pages.get(0x3000L), pages.get(0x4000L));
    assertThat(target.asSlice(0, 2 * PAGE - 0x10).toArray(ValueLayout.JAVA_BYTE))
        .isEqualTo(Arrays.copyOfRange(both, 0x10, 2 * PAGE));
    for (long i = 2 * PAGE - 0x10; i < target.byteSize(); i++) {
      assertThat(target.get(ValueLayout.JAVA_BYTE, i))
          .as("what was not read is left alone")
          .isEqualTo((byte) 0x5a);
    }
  }

  @Test
  void readingFillsTheTargetAndNoMore() {
    MemorySegment target = MemorySegment.ofArray(new byte[100]);
    assertThat(memory.read(0x3fd0, target.asSlice(10, 80))).isEqualTo(80);
    byte[] both = concat(pages.get(0x3000L), pages.get(0x4000L));
    byte[] expected = new byte[100];
    System.arraycopy(both, 0xfd0, expected, 10, 80);
    assertThat(target.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
  }

  @Test
  void readingNothingOrFromAHoleCopiesNothing() {
    assertThat(memory.read(0x3000, MemorySegment.ofArray(new byte[0]))).isZero();
    assertThat(memory.read(0x5000, MemorySegment.ofArray(new byte[8]))).isZero();
    assertThat(memory.read(0x2fff, MemorySegment.ofArray(new byte[8]))).isZero();
    assertThat(memory.read(-4, MemorySegment.ofArray(new byte[8]))).isZero();
  }

  @Test
  void readingIntoNativeMemoryWorks() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(PAGE);
      assertThat(memory.read(0x6000, target)).isEqualTo(PAGE);
      assertThat(target.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(pages.get(0x6000L));
    }
  }

  @Test
  void readBytesIsAsLongAsWhatIsThere() {
    assertThat(memory.readBytes(0x6ff0, 0x10)).hasSize(0x10);
    assertThat(memory.readBytes(0x6ff0, 0x11))
        .isEqualTo(Arrays.copyOfRange(pages.get(0x6000L), 0xff0, PAGE));
    assertThat(memory.readBytes(0x5000, 4)).isEmpty();
  }

  @Test
  void locateTellsWhereAByteIsStoredOrThatItIsNot() {
    int located = 0;
    for (long page : PAGES) {
      for (int i = 0; i < PAGE; i += 7) {
        long location = memory.locate(page + i);
        if (location != Memory.NOWHERE) {
          located++;
          assertThat(storedByte(location)).as("%x", page + i).isEqualTo(pages.get(page)[i]);
        }
      }
    }
    assertThat(located > 0).isEqualTo(storesBytesPlainly());
  }

  @Test
  void severalThreadsReadWithoutDisturbingEachOther() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      List<Future<?>> done =
          IntStream.range(0, 3)
              .<Future<?>>mapToObj(seed -> threads.submit(() -> readAtRandom(memory.fork(), seed)))
              .toList();
      for (Future<?> future : done) {
        future.get();
      }
    }
  }

  /** Whether bytes stand in the file as they are; overridden by memories that compress. */
  protected boolean storesBytesPlainly() {
    return true;
  }

  private void readAtRandom(Memory forked, int seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      long address = PAGES[random.nextInt(PAGES.length)] + random.nextInt(PAGE + 16) - 8;
      assertThat(forked.getLong(address, MISSING_LONG)).isEqualTo(expectedLong(address));
    }
  }

  private void checkValuesAt(long address) {
    String description = "at %x".formatted(address);
    assertThat(memory.getLong(address, MISSING_LONG))
        .as(description)
        .isEqualTo(expectedLong(address));
    Long int4 = assembled(address, 4);
    assertThat(memory.getInt(address, MISSING_INT))
        .as(description)
        .isEqualTo(int4 == null ? MISSING_INT : int4.intValue());
    Long int2 = assembled(address, 2);
    assertThat(memory.getShort(address))
        .as(description)
        .isEqualTo(int2 == null ? -1 : int2.intValue());
  }

  private long expectedLong(long address) {
    Long value = assembled(address, 8);
    return value == null ? MISSING_LONG : value;
  }

  /** The value that the pages given at the start hold, or null when a byte is missing. */
  private Long assembled(long address, int size) {
    long value = 0;
    for (int i = 0; i < size; i++) {
      long at = address + i;
      byte[] page = pages.get(at & -PAGE);
      if (page == null) {
        return null;
      }
      value |= (page[(int) (at & (PAGE - 1))] & 0xffL) << (8 * i);
    }
    return value;
  }

  private static byte[] concat(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }
}
