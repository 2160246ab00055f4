package io.nestwalk.extract;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Memory;
import io.nestwalk.memory.AbsentMemory;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Enumerated;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.PageState;
import io.nestwalk.memory.Passage;
import io.nestwalk.memory.RunVisitor;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Translation;
import io.nestwalk.system.SystemFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Kernels' tables that no real image has. */
class KernelSegmentsTest {

  private static final long LINEAR = 0xffff_8880_0000_0000L;
  private static final long IMAGE = 0xffff_ffff_8100_0000L;
  private static final long PAGE = 4096;

  /** A run of the tables. */
  private record Mapped(long virtual, long physical, long length) {}

  /** Tables that map what they are told to, in ascending order. */
  private record Tables(List<Mapped> runs, int bits) implements Layer {
    @Override
    public Memory below() {
      return AbsentMemory.INSTANCE;
    }

    @Override
    public int inputBits() {
      return bits;
    }

    @Override
    public long translate(long address) {
      return Translation.of(address, 12);
    }

    @Override
    public Enumerated forEachRun(long from, long to, Budget budget, RunVisitor visitor) {
      for (Mapped run : runs) {
        if (Long.compareUnsigned(run.virtual, to) <= 0
            && Long.compareUnsigned(run.virtual + run.length - 1, from) >= 0
            && !visitor.run(
                run.virtual, run.physical, run.length, 12, Permissions.ALL, PageState.MAPPED)) {
          return Enumerated.cutFrom(run.virtual);
        }
      }
      return Enumerated.ALL;
    }

    @Override
    public Passage pass(long address) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Layer fork() {
      return this;
    }
  }

  private static KernelSegments segments(
      long linear, int bits, List<Mapped> runs, AddressRange... ranges) {
    SystemFacts facts =
        SystemFacts.builder("Linux", "6.1", bits == 32 ? 0xc100_0000L : IMAGE)
            .kernelPhysical(OptionalLong.of(0x3000))
            .linearMap(OptionalLong.of(linear))
            .build();
    return new KernelSegments(facts, new Tables(runs, bits), List.of(ranges));
  }

  private static Segment segment(long virtual, long physical, long size, long source) {
    return new Segment(virtual, physical, size, size, 7, source);
  }

  /** The image first, then memory in the linear map with its guard page, then the rest. */
  @Test
  void inTheOrderOfTheKernelsOwnDumps() {
    KernelSegments segments =
        segments(
            LINEAR,
            64,
            List.of(
                new Mapped(LINEAR, 0, 4 * PAGE),
                new Mapped(LINEAR + 5 * PAGE, 5 * PAGE, 3 * PAGE),
                new Mapped(LINEAR + (1L << 40), 2 * PAGE, 2 * PAGE),
                new Mapped(IMAGE, 0x3000, PAGE),
                new Mapped(IMAGE + PAGE, 0x4000, PAGE),
                new Mapped(IMAGE + 3 * PAGE, 0x6000, PAGE)),
            new AddressRange(0, 8 * PAGE),
            new AddressRange(0x10_0000, PAGE));
    assertThat(segments.all())
        .containsExactly(
            segment(IMAGE, 0x3000, 2 * PAGE, 0x3000),
            segment(LINEAR, 0, 8 * PAGE, 0),
            segment(-1, 0x10_0000, PAGE, 0x10_0000),
            segment(LINEAR + (1L << 40), -1, 2 * PAGE, 2 * PAGE),
            segment(IMAGE + 3 * PAGE, -1, PAGE, 0x6000));
    assertThat(segments.leftOutFrom()).isEmpty();
  }

  /**
   * A page of the tables that begins before the kernel: each half of the look takes its own part.
   */
  @Test
  void aRunAcrossTheKernelsBeginning() {
    List<Segment> all =
        segments(
                LINEAR,
                64,
                List.of(
                    new Mapped(LINEAR, 0, 8 * PAGE), new Mapped(IMAGE - PAGE, 0x2000, 2 * PAGE)),
                new AddressRange(0, 8 * PAGE))
            .all();
    assertThat(all)
        .containsExactly(
            segment(IMAGE, 0x3000, PAGE, 0x3000),
            segment(LINEAR, 0, 8 * PAGE, 0),
            segment(IMAGE - PAGE, -1, PAGE, 0x2000));
  }

  /** An address of the linear map that leads elsewhere: no segment may say otherwise. */
  @Test
  void aLinearMapThatIsNone() {
    List<Segment> all =
        segments(
                LINEAR,
                64,
                List.of(
                    new Mapped(LINEAR, 0, 2 * PAGE),
                    new Mapped(LINEAR + 2 * PAGE, 0, PAGE),
                    new Mapped(LINEAR + 3 * PAGE, 3 * PAGE, PAGE)),
                new AddressRange(0, 4 * PAGE))
            .all();
    assertThat(all)
        .containsExactly(
            segment(-1, 0, 4 * PAGE, 0),
            segment(LINEAR, -1, 2 * PAGE, 0),
            segment(LINEAR + 2 * PAGE, -1, PAGE, 0),
            segment(LINEAR + 3 * PAGE, -1, PAGE, 3 * PAGE));
  }

  /** 32 bits: memory beyond the linear map has no address; what the image lacks is no segment. */
  @Test
  void highMemory() {
    List<Segment> all =
        segments(
                0xc000_0000L,
                32,
                List.of(
                    new Mapped(0xc000_0000L, 0, 4 * PAGE),
                    new Mapped(0xf000_0000L, 6 * PAGE, PAGE),
                    new Mapped(0xf000_1000L, 100 * PAGE, PAGE)),
                new AddressRange(0, 8 * PAGE))
            .all();
    assertThat(all)
        .containsExactly(
            segment(0xc000_0000L, 0, 4 * PAGE, 0),
            segment(-1, 4 * PAGE, 4 * PAGE, 4 * PAGE),
            segment(0xf000_0000L, -1, PAGE, 6 * PAGE));
  }

  /** More pieces than a header can count are told of; memory itself is whole. */
  @Test
  void tooManyPieces() {
    List<Mapped> runs = new ArrayList<>(List.of(new Mapped(LINEAR, 0, 2 * PAGE)));
    for (long i = 0; i < 40_000; i++) {
      runs.add(new Mapped(LINEAR + (1L << 40) + i * PAGE, PAGE * (i % 2), PAGE / 2));
    }
    KernelSegments segments = segments(LINEAR, 64, runs, new AddressRange(0, 2 * PAGE));
    assertThat(segments.all()).hasSize(1 + (1 << 15)).contains(segment(LINEAR, 0, 2 * PAGE, 0));
    assertThat(segments.leftOutFrom()).hasValue(LINEAR + (1L << 40) + (PAGE << 15));
  }
}
