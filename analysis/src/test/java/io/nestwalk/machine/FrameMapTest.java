package io.nestwalk.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Walker;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.TableBuilder;
import io.nestwalk.synthetic.TableBuilder.Leaf;
import io.nestwalk.synthetic.X86Form;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrameMapTest {

  private final SparseMemory memory = new SparseMemory();
  private final TableBuilder tables =
      new TableBuilder(X86Form.nestedLong(4, 48), memory, Frames.from(0x1000));

  @Test
  void everyPageIsReadBackwards() {
    Random random = new Random(1);
    Frames targets = Frames.scattered(random);
    for (int i = 0; i < 200; i++) {
      long guest = random.nextLong() & 0x3fff_f000L;
      if (tables.canMap(guest, 12)) {
        tables.map(guest, targets.take(4096, 12, 40), 12, Rights.ALL);
      }
    }
    long large = 0x8000_0000L;
    tables.map(large, 0x7f_ffe0_0000L, 21, Rights.ALL);
    FrameMap map = map();
    long bytes = 0;
    for (Leaf leaf : tables.leaves()) {
      long size = 1L << leaf.pageShift();
      bytes += size;
      assertThat(map.guestOf(leaf.target())).hasValue(leaf.address());
      assertThat(map.guestOf(leaf.target() + size - 1)).hasValue(leaf.address() + size - 1);
    }
    assertThat(map.bytes()).isEqualTo(bytes);
    assertThat(map.guestOf(0x7f_ffe0_0000L + (2 << 20))).isEmpty();
    assertThat(map.guestOf(0x7f_ffe0_0000L - 1)).isEmpty();
    assertThat(map.guestOf(0)).isEmpty();
    assertThat(map.guestOf(-1)).isEmpty();
  }

  /** A hooked page shows another page of the same memory, which stays where it was as well. */
  @Test
  void whatLiesBehindAPageThatIsMappedTwiceIsFound() {
    long hooked = 0x3000;
    long shown = 0x1_0000;
    for (long page = 0; page < 0x2_0000; page += 4096) {
      tables.map(page, page == hooked ? shown : page, 12, Rights.ALL);
    }
    FrameMap map = map();
    for (long page = 0; page < 0x2_0000; page += 4096) {
      if (page != hooked && page != shown) {
        assertThat(map.guestOf(page)).hasValue(page);
      }
    }
    assertThat(map.guestOf(hooked)).isEmpty();
    assertThat(map.guestOf(shown)).isPresent();
  }

  @Test
  void whatStandsAtItsOwnAddressIsCounted() {
    tables.map(0, 0, 12, 8 * 4096, Rights.ALL);
    tables.map(0x10_0000, 0x20_0000, 12, 4096, Rights.ALL);
    assertThat(map().identityBytes()).isEqualTo(8 * 4096);
    assertThat(map().bytes()).isEqualTo(9 * 4096);
  }

  @Test
  void anEmptyMapHoldsNothing() {
    assertThat(map().bytes()).isZero();
    assertThat(map().guestOf(0)).isEmpty();
  }

  private FrameMap map() {
    PhysicalMemory host = memory.memory();
    Layer guest = TranslatedMemory.of(host, new Walker(tables.form().mode(), tables.root(), host));
    return FrameMap.of(guest, Budget.forSpace(guest));
  }
}
