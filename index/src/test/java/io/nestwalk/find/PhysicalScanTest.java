package io.nestwalk.find;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.MappedMemory;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.Progress;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PhysicalScanTest {

  /** What the JVM throws for a page of a mapped file that is no longer there. */
  @Test
  void aFileThatIsCutMeanwhileIsToldAsThat() throws Exception {
    InternalError fault = new InternalError("a fault occurred in an unsafe memory access");
    List<AddressRange> ranges = List.of(new AddressRange(0, 1 << 20));
    PhysicalMemory cut =
        (PhysicalMemory)
            Proxy.newProxyInstance(
                PhysicalMemory.class.getClassLoader(),
                new Class<?>[] {PhysicalMemory.class},
                (self, method, arguments) -> {
                  if (method.getReturnType() == List.class) {
                    return ranges;
                  }
                  throw fault;
                });
    Patterns patterns = new Patterns();
    patterns.text("marker");
    PhysicalScan scan = new PhysicalScan(cut, patterns, 10);
    assertThatExceptionOfType(InternalError.class)
        .isThrownBy(() -> scan.run(2, Progress.NONE))
        .isSameAs(fault);
  }

  /**
   * A needle whose ends may be anything is found wherever a border between two blocks, between two
   * parts of the work or of memory itself cuts it, alone and among many, and only where it is
   * whole.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 60})
  void noBorderCutsANeedle(int others) throws Exception {
    byte[] needle = {0x11, 0x42, 0x43, 0x44, 0x22};
    int end = (16 << 20) + (1 << 19) + 4096;
    int[] borders = {1 << 19, 16 << 20, (16 << 20) + (1 << 19), end};
    Patterns patterns = new Patterns().hex("?? 42 4? 44 2?");
    for (int i = 0; i < others; i++) {
      patterns.hex("6162%02x63".formatted(i));
    }
    byte[] bytes = new byte[end];
    PhysicalMemory memory =
        MappedMemory.of(MemorySegment.ofArray(bytes), List.of(new MemoryRun(0, end, 0)));
    for (int before = 0; before <= needle.length; before++) {
      Arrays.fill(bytes, (byte) 0x33);
      List<Long> expected = new ArrayList<>();
      for (int border : borders) {
        int length = Math.min(needle.length, end - (border - before));
        System.arraycopy(needle, 0, bytes, border - before, length);
        if (length == needle.length) {
          expected.add((long) border - before);
        }
      }
      HitList found = new PhysicalScan(memory, patterns, 100).run(2, Progress.NONE);
      assertThat(IntStream.range(0, found.count()).mapToObj(found::address).toList())
          .isEqualTo(expected);
    }
  }

  /**
   * Pages of zeros are not scanned, but what begins or ends in them is found, once, and so is what
   * has more zeros in it than a page.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 4095, 4096, 4097, 3 * 4096})
  void zerosBesideOtherBytesAreFoundWithThese(int zeros) throws Exception {
    int size = 1 << 20;
    byte[] bytes = new byte[size];
    List<Long> expected = new ArrayList<>();
    int[] places = {0, 5 * 4096 - 2, (1 << 18) - 1, (1 << 19) + 5, size - zeros - 2};
    for (int place : places) {
      bytes[place] = 0x41;
      bytes[place + zeros + 1] = 0x42;
      expected.add((long) place);
    }
    PhysicalMemory memory =
        MappedMemory.of(MemorySegment.ofArray(bytes), List.of(new MemoryRun(0, size, 0)));
    String between = "00".repeat(zeros);
    Patterns patterns =
        new Patterns().hex("41" + between + "42").hex("41" + between).hex(between + "42");
    HitList found = new PhysicalScan(memory, patterns, 100).run(2, Progress.NONE);
    for (int pattern = 0; pattern < 3; pattern++) {
      int wanted = pattern;
      int shift = pattern == 2 ? 1 : 0;
      assertThat(
              IntStream.range(0, found.count())
                  .filter(i -> found.pattern(i) == wanted)
                  .mapToObj(i -> found.address(i) - shift)
                  .sorted()
                  .toList())
          .as("pattern %d", pattern)
          .isEqualTo(expected);
    }
  }

  /** Of memory that is zeros a scan sees nothing but what stands beside other bytes. */
  @Test
  void pagesOfZerosAreNotScanned() {
    byte[] bytes = new byte[1 << 20];
    bytes[100 * 4096 + 17] = 1;
    List<Integer> lengths = new ArrayList<>();
    Piece piece = new Piece(MemorySegment.ofArray(bytes), 0, bytes.length, 10);
    piece.scanWithoutZeros(
        (block, from, sink) -> lengths.add(block.length()),
        new byte[bytes.length],
        new HitList(10));
    assertThat(lengths).hasSize(1);
    assertThat(lengths.getFirst()).isLessThanOrEqualTo(4096 + 2 * 10);
  }
}
