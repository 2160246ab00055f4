package io.nestwalk.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.nestwalk.image.MappedMemory;
import io.nestwalk.memory.PageRuns.Run;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.TableBuilder;
import io.nestwalk.synthetic.X86Form;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Pages side by side, as runs: what is one run, and how large its pages are. */
class LayerRunsTest {

  private static final int MIB = 1 << 20;
  private static final long PAGE = Layer.PAGE;
  private static final long VIRTUAL = 0x7f00_0000_0000L;

  private final SparseMemory memory = new SparseMemory();
  private final Frames frames = Frames.from(0x10_0000);
  private final TableBuilder tables = tables();

  @Test
  void pagesThatAllowOtherThingsAreRunsOfTheirOwn() {
    tables.map(0, 0x40_0000, 12, 3 * PAGE, Rights.READ);
    tables.map(3 * PAGE, 0x40_3000, 12, 2 * PAGE, Rights.READ | Rights.WRITE);
    tables.map(5 * PAGE, 0x40_5000, 12, PAGE, Rights.READ);
    List<Run> runs = runs(layer(tables));
    assertThat(runs).extracting(Run::start).containsExactly(0L, 3 * PAGE, 5 * PAGE);
    assertThat(runs)
        .extracting(run -> (run.permissions() & Permissions.WRITE) != 0)
        .containsExactly(false, true, false);
  }

  /** What the second level forbids cuts a run that is one in the guest's tables. */
  @Test
  void whatALowerLayerForbidsCutsARun() {
    tables.map(0, 0, 12, 4 * PAGE, Rights.ALL);
    TableBuilder second = new TableBuilder(X86Form.nestedLong(4, 48), memory, frames);
    second.map(0x10_0000, 0x10_0000, 12, 16 * PAGE, Rights.ALL);
    second.map(0, 0x40_0000, 12, 2 * PAGE, Rights.ALL);
    second.map(2 * PAGE, 0x40_2000, 12, 2 * PAGE, Rights.READ | Rights.USER);
    Layer guest = layer(second);
    Walker walker = new Walker(tables.form().mode(), tables.root(), guest);
    List<Run> runs = runs(TranslatedMemory.of(guest, walker));
    assertThat(runs).extracting(Run::start).containsExactly(0L, 2 * PAGE);
    assertThat(runs.get(0).permissions() & Permissions.WRITE).isNotZero();
    assertThat(runs.get(1).permissions() & Permissions.WRITE).isZero();
  }

  /** Where guest and process are aligned alike, a large page of the one is one of the other. */
  @Test
  void aSlotKeepsLargePagesThatItHoldsWhole() {
    tables.map(VIRTUAL, 0x4000_0000L, 21, 4L * MIB, Rights.ALL);
    SlotMemory slots =
        SlotMemory.of(layer(tables), List.of(new MemorySlot(6L * MIB, 4L * MIB, VIRTUAL)));
    long translation = slots.translate(7L * MIB + 0x123);
    assertThat(Translation.address(translation)).isEqualTo(0x4000_0000L + MIB + 0x123);
    assertThat(Translation.pageShift(translation)).isEqualTo(21);
    assertThat(runs(slots)).extracting(Run::pageSize).containsExactly(2L * MIB);
  }

  /** Elsewhere it is many small ones: no entry of a guest's could map it as one. */
  @Test
  void aSlotThatIsAlignedOtherwiseHasSmallPages() {
    tables.map(VIRTUAL, 0x4000_0000L, 21, 4L * MIB, Rights.ALL);
    SlotMemory slots =
        SlotMemory.of(layer(tables), List.of(new MemorySlot(5L * MIB, 4L * MIB, VIRTUAL)));
    long translation = slots.translate(6L * MIB + 0x123);
    assertThat(Translation.address(translation)).isEqualTo(0x4000_0000L + MIB + 0x123);
    assertThat(Translation.pageShift(translation)).isEqualTo(12);
    assertThat(runs(slots))
        .containsExactly(
            new Run(
                5L * MIB,
                4L * MIB,
                0x4000_0000L,
                0x4000_0000L,
                PAGE,
                Permissions.ALL,
                PageState.MAPPED));
  }

  /** A merged page is one that the hypervisor's process may not write, nor does its guest. */
  @Test
  void aSlotHasTheProcessesRightToWrite() {
    tables.map(VIRTUAL, 0x4000_0000L, 12, 4 * PAGE, Rights.ALL);
    tables.map(VIRTUAL + 4 * PAGE, 0x4800_0000L, 12, 4 * PAGE, Rights.READ | Rights.USER);
    SlotMemory slots = SlotMemory.of(layer(tables), List.of(new MemorySlot(0, 8 * PAGE, VIRTUAL)));
    int readOnly = Permissions.ALL & ~Permissions.WRITE;
    assertThat(runs(slots)).extracting(Run::permissions).containsExactly(Permissions.ALL, readOnly);
    assertThat(slots.pass(PAGE).permissions()).isEqualTo(Permissions.ALL);
    assertThat(slots.pass(5 * PAGE).permissions()).isEqualTo(readOnly);
    assertThat(slots.pass(9 * PAGE).permissions()).isZero();
  }

  /** And so is one of which the slot has a part. */
  @Test
  void aSlotThatCutsALargePageHasSmallPagesThere() {
    tables.map(VIRTUAL, 0x4000_0000L, 21, 4L * MIB, Rights.ALL);
    SlotMemory slots =
        SlotMemory.of(
            layer(tables), List.of(new MemorySlot(6L * MIB + PAGE, 3L * MIB, VIRTUAL + PAGE)));
    assertThat(Translation.pageShift(slots.translate(7L * MIB))).isEqualTo(12);
    assertThat(Translation.pageShift(slots.translate(8L * MIB))).isEqualTo(12);
    assertThat(runs(slots)).extracting(Run::pageSize).containsExactly(PAGE);
  }

  @Test
  void aUnionShowsWhatEitherHasAndTheFirstWhereBothDo() {
    TableBuilder other = tables();
    tables.map(2 * PAGE, 0x40_0000, 12, 2 * PAGE, Rights.ALL);
    tables.map(8 * PAGE, 0x48_0000, 12, PAGE, Rights.ALL);
    other.map(0, 0x50_0000, 12, 6 * PAGE, Rights.ALL);
    other.map(10 * PAGE, 0x58_0000, 12, PAGE, Rights.ALL);
    UnionMemory union = UnionMemory.of(layer(tables), layer(other));
    assertThat(runs(union))
        .extracting(Run::start, Run::length, Run::below)
        .containsExactly(
            tuple(0L, 2 * PAGE, 0x50_0000L),
            tuple(2 * PAGE, 2 * PAGE, 0x40_0000L),
            tuple(4 * PAGE, 2 * PAGE, 0x50_4000L),
            tuple(8 * PAGE, PAGE, 0x48_0000L),
            tuple(10 * PAGE, PAGE, 0x58_0000L));
    assertThat(Translation.address(union.translate(2 * PAGE))).isEqualTo(0x40_0000L);
    assertThat(Translation.address(union.translate(10 * PAGE))).isEqualTo(0x58_0000L);
    assertThat(union.pass(10 * PAGE).translation()).isEqualTo(union.translate(10 * PAGE));
  }

  private TableBuilder tables() {
    return new TableBuilder(X86Form.longMode(4, 48), memory, frames);
  }

  private Layer layer(TableBuilder built) {
    MappedMemory host = memory.memory();
    return TranslatedMemory.of(host, new Walker(built.form().mode(), built.root(), host));
  }

  private static List<Run> runs(Layer layer) {
    return PageRuns.of(layer, 0, -1, Budget.of(1 << 16));
  }
}
