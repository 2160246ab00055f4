package io.nestwalk.yara;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.index.Entry.Space;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Runs are joined in the order of their addresses, and cut with an overlap. */
class SpaceBlocksTest {

  private static final int BLOCK = 3 * SpaceBlocks.OVERLAP;

  /** Memory up to 1 MiB in which every page holds its number. */
  private static final PhysicalMemory MEMORY =
      (PhysicalMemory)
          Proxy.newProxyInstance(
              PhysicalMemory.class.getClassLoader(),
              new Class<?>[] {PhysicalMemory.class},
              (self, method, arguments) -> {
                long address = (long) arguments[0];
                MemorySegment target = (MemorySegment) arguments[1];
                long length = Math.clamp((1 << 20) - address, 0, target.byteSize());
                for (long i = 0; i < length; i++) {
                  target.set(ValueLayout.JAVA_BYTE, i, (byte) ((address + i) >> 12));
                }
                return length;
              });

  private static RunEntry run(long start, long hpa, long length) {
    return new RunEntry(
        "vm1",
        Space.KERNEL,
        OptionalInt.empty(),
        "k",
        Optional.empty(),
        start,
        RunEntry.NONE,
        hpa,
        RunEntry.NONE,
        length,
        0,
        12);
  }

  private static String pages(SpaceBlocks blocks, int block) {
    byte[] bytes = new byte[blocks.size(block)];
    blocks.read(block, MemorySegment.ofArray(bytes));
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < bytes.length; at += 4096) {
      assertThat(bytes[at + 4095]).isEqualTo(bytes[at]);
      text.append(text.isEmpty() ? "" : " ").append(bytes[at]);
    }
    return "%x: %s".formatted(blocks.address(block), text);
  }

  @Test
  void joinsCutsAndOverlaps() {
    long high = 0xffff_8000_0000_0000L;
    SpaceBlocks blocks =
        new SpaceBlocks(
            MEMORY,
            List.of(
                run(0x1000, 0x9000, 0x1000),
                run(0x2000, 0x5000, 0x2000),
                run(0x4000, 0x3000, 0x3000),
                run(0x8000, 0x1000, 0x1000),
                run(high, 0x2000, 0x1000)),
            BLOCK);
    assertThat(blocks.count()).isEqualTo(5);
    assertThat(pages(blocks, 0)).isEqualTo("1000: 9 5 6");
    assertThat(pages(blocks, 1)).isEqualTo("3000: 6 3 4");
    assertThat(pages(blocks, 2)).isEqualTo("5000: 4 5");
    assertThat(pages(blocks, 3)).isEqualTo("8000: 1");
    assertThat(pages(blocks, 4)).isEqualTo("ffff800000000000: 2");
    assertThat(blocks.incomplete()).isFalse();
    assertThat(blocks.runAt(0x3fff).hpa()).isEqualTo(0x5000);
    assertThat(blocks.runAt(high + 5).hpa()).isEqualTo(0x2000);
    assertThat(blocks.runAt(0x7000)).isNull();
    assertThat(blocks.runAt(0xfff)).isNull();
  }

  @Test
  void whatTheImageDoesNotHoldIsZeroAndToldOf() {
    SpaceBlocks blocks =
        new SpaceBlocks(
            MEMORY, List.of(run(0x1000, 0xff000, 0x2000), run(0x3000, 0x7000, 0x1000)), BLOCK);
    assertThat(pages(blocks, 0)).isEqualTo("1000: -1 0 7");
    assertThat(blocks.incomplete()).isTrue();
  }
}
