package io.nestwalk.memory;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.nestwalk.image.MappedMemory;
import io.nestwalk.paging.LeafVisitor;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.TableBuilder;
import io.nestwalk.synthetic.X86Form;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/**
 * What hot paths allocate: nothing for a translation, a read or a page that is shown. Counts, and
 * so the same on every machine, where times are not.
 */
class AllocationTest {

  private static final int ADDRESS_BITS = 40;
  private static final int PAGES = 1024;
  private static final int PAGE = SparseMemory.PAGE;
  private static final int WARM_UP = 20;
  private static final int ROUNDS = 100;

  /** Far less than the smallest object for each step; what the JVM itself does is no matter. */
  private static final double MOST_BYTES_A_STEP = 1;

  private final Walker first;
  private final TranslatedMemory guest;
  private final TranslatedMemory virtual;

  AllocationTest() {
    SparseMemory host = new SparseMemory();
    Frames frames = Frames.from(0x100_0000);
    // A guest's memory, and tables of a process that maps it from its end to its beginning.
    TableBuilder nested = new TableBuilder(X86Form.longMode(4, ADDRESS_BITS), host, frames);
    TableBuilder direct = new TableBuilder(X86Form.longMode(4, ADDRESS_BITS), host, frames);
    for (int i = 0; i < PAGES; i++) {
      long page = frames.take(PAGE, 12, ADDRESS_BITS);
      host.touch(page, PAGE);
      nested.map((long) i * PAGE, page, 12, Rights.ALL);
      direct.map((long) i * PAGE, (PAGES - 1L - i) * PAGE, 12, Rights.ALL);
    }
    MappedMemory memory = host.memory();
    first = new Walker(direct.form().mode(), direct.root(), memory);
    Walker second = new Walker(nested.form().mode(), nested.root(), memory);
    guest = TranslatedMemory.of(memory, second);
    virtual = TranslatedMemory.of(guest, first);
  }

  private interface Step {
    long at(long address);
  }

  /** Bytes that a step allocates, on average over many, when it has run often. */
  private static double bytesOf(Step step) {
    long sum = steps(step, WARM_UP);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    sum += steps(step, ROUNDS);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(sum).isPositive();
    return (double) allocated / ROUNDS / PAGES;
  }

  private static long steps(Step step, int rounds) {
    long sum = 0;
    for (int round = 0; round < rounds; round++) {
      for (int i = 0; i < PAGES; i++) {
        sum += step.at((long) i * PAGE);
      }
    }
    return sum;
  }

  @Test
  void aTranslation() {
    assertThat(bytesOf(address -> Translation.address(first.translate(address))))
        .isLessThan(MOST_BYTES_A_STEP);
  }

  @Test
  void aTranslationThroughTwoLayers() {
    assertThat(bytesOf(address -> Translation.address(Layer.toLowest(virtual, address))))
        .isLessThan(MOST_BYTES_A_STEP);
  }

  @Test
  void aReadThroughALayer() {
    assertThat(bytesOf(address -> 1 + guest.getLong(address + 8, 1))).isLessThan(MOST_BYTES_A_STEP);
  }

  @Test
  void aPageThatIsShown() {
    long[] shown = {0};
    LeafVisitor visitor =
        (address, target, shift, permissions) -> {
          shown[0]++;
          return true;
        };
    // An enumeration has its own few arrays: of its pages each, that is a part of a byte or two.
    double whole = bytesOf(address -> address == 0 && first.forEachLeaf(visitor) ? 1 : 0);
    assertThat(shown[0]).isEqualTo((long) (WARM_UP + ROUNDS) * PAGES);
    assertThat(whole).isLessThan(24);
  }
}
