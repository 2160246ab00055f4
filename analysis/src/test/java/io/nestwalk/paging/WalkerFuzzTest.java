package io.nestwalk.paging;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.synthetic.Forms;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.MemoryWords;
import io.nestwalk.synthetic.RandomTables;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.TableBuilder;
import io.nestwalk.synthetic.TableForm;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any memory, walked in any mode from any root: all forms of the walk end and agree. */
class WalkerFuzzTest {

  /** Mode, root and address come first. */
  private static final int HEADER = 2 + 8 + 8;

  private static final int LEAVES = 200;

  /** Of the address space: tables that lead back to themselves would take long to go through. */
  private static final long STRETCH = 64L << 20;

  static Stream<byte[]> hierarchies() {
    return Stream.of(Forms.values())
        .flatMap(forms -> Stream.of(1, 2, 3).map(seed -> hierarchy(forms, seed)));
  }

  private static byte[] hierarchy(Forms forms, int seed) {
    Random random = new Random(seed);
    SparseMemory memory = new SparseMemory();
    Frames frames = Frames.from(0x4_0000);
    TableForm form = forms.any(random);
    TableBuilder builder = new TableBuilder(form, memory, frames);
    RandomTables.fill(builder, random, frames, seed == 1);
    byte[] words = MemoryWords.encode(memory);
    return ByteBuffer.allocate(HEADER + words.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(forms.number())
        .put((byte) seed)
        .putLong(builder.root())
        .putLong(builder.writtenAddresses().iterator().next())
        .put(words)
        .array();
  }

  @MethodSource("hierarchies")
  @FuzzTest
  void walks(byte[] input) {
    if (input == null || input.length < HEADER) {
      return;
    }
    ByteBuffer bytes = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN);
    Forms forms = Forms.numbered(bytes.get());
    PagingMode mode = forms.any(new Random(bytes.get())).mode();
    long root = bytes.getLong();
    long address = bytes.getLong();
    PhysicalMemory memory = MemoryWords.decode(bytes).memory();
    Walker walker = new Walker(mode, root, memory);
    check(walker, address, walker.translate(address));
    int[] seen = {0};
    long end = address + STRETCH;
    walker.forEachLeaf(
        address,
        Long.compareUnsigned(end, address) < 0 ? -1 : end,
        (from, target, shift, permissions) -> {
          long middle = from | (address & (1L << shift) - 1);
          check(walker, middle, Translation.of(target | (middle & (1L << shift) - 1), shift));
          return ++seen[0] < LEAVES;
        });
  }

  private static void check(Walker walker, long address, long expected) {
    Walk told = walker.tell(address);
    if (told.translation() != expected || walker.translate(address) != expected) {
      throw new AssertionError(
          "0x%x in %s: 0x%x, told 0x%x, fast 0x%x"
              .formatted(
                  address, walker.mode(), expected, told.translation(), walker.translate(address)));
    }
    if (told.steps().stream().anyMatch(step -> told.meaning(step).isBlank())) {
      throw new AssertionError(told);
    }
  }
}
