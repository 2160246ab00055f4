package io.nestwalk.roots;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.paging.X86Modes;
import io.nestwalk.synthetic.Forms;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.RandomTables;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.TableBuilder;
import io.nestwalk.synthetic.X86Form;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HierarchyExaminerTest {

  private static final long PRESENT = 0x67;

  private final SparseMemory memory = new SparseMemory();
  private final TableBuilder tables =
      new TableBuilder(X86Form.longMode(4, 48), memory, Frames.from(0x10_0000));

  private HierarchyExaminer examiner() {
    return new HierarchyExaminer(X86Modes.fourLevel(48), memory.memory());
  }

  @Test
  void honestTablesAreCounted() {
    memory.touch(0x80_0000, 0x10_0000);
    tables.map(0x40_0000, 0x80_0000, 12, 0x10_0000, Rights.ALL);
    tables.map(0x7fff_0000_0000L, 0x4_0000_0000L, 12, Rights.ALL);
    Shape shape = examiner().examine(tables.root() | 0x123);
    assertThat(shape).isEqualTo(new Shape(7, 256, 0x10_0000, 1, 0, 0));
    assertThat(shape.isPlausible()).isTrue();
  }

  @Test
  void anEmptyPageOrDataAreNoTables() {
    assertThat(examiner().examine(tables.root()).isPlausible()).isFalse();
    Random random = new Random(2);
    for (int i = 0; i < 512; i++) {
      memory.putLong(tables.root() + i * 8L, random.nextLong());
    }
    assertThat(examiner().examine(tables.root()).isPlausible()).isFalse();
    assertThat(examiner().examine(0x77_0000_0000L).isPlausible()).isFalse();
  }

  /** As Windows does it: one entry of the root names the root. */
  @Test
  void aRootThatMapsItselfIsStillARoot() {
    memory.touch(0x80_0000, 0x10_0000);
    tables.map(0x40_0000, 0x80_0000, 12, 0x10_0000, Rights.ALL);
    memory.putLong(tables.root() + 0x1ed * 8, tables.root() | PRESENT);
    assertThat(examiner().examine(tables.root()).isPlausible()).isTrue();
    assertThat(TopTables.among(tables.tables().keySet(), List.of(examiner()), 1))
        .extracting(TopTables.Top::address)
        .containsExactly(tables.root());
  }

  @Test
  void cyclesEnd() {
    for (int i = 0; i < 512; i++) {
      memory.putLong(tables.root() + i * 8L, tables.root() | PRESENT);
    }
    assertThat(examiner().examine(tables.root()).tables()).isPositive();
    memory.touch(0x5000, 0x2000);
    for (int i = 0; i < 512; i++) {
      memory.putLong(0x5000 + i * 8L, 0x6000 | PRESENT);
      memory.putLong(0x6000 + i * 8L, 0x5000 | PRESENT);
    }
    assertThat(examiner().examine(0x5000).tables()).isPositive();
    assertThat(examiner().tablesBelow(List.of(0x5000L, tables.root()))).contains(0x6000L);
  }

  @Test
  void tablesBelowARootAreThoseThatWereBuilt() {
    for (int seed = 0; seed < 100; seed++) {
      Random random = new Random(seed);
      SparseMemory bytes = new SparseMemory();
      TableBuilder built = new TableBuilder(Forms.EPT.any(random), bytes, Frames.scattered(random));
      RandomTables.fill(built, random, Frames.scattered(random), true);
      HierarchyExaminer examiner = new HierarchyExaminer(built.form().mode(), bytes.memory());
      assertThat(examiner.tablesBelow(List.of(built.root())))
          .isEqualTo(
              built.tables().entrySet().stream()
                  .filter(table -> table.getValue() > 0)
                  .map(Map.Entry::getKey)
                  .collect(Collectors.toSet()));
    }
  }

  /** Small odd numbers pass for leaves of large pages at address 0. */
  @Test
  void smallNumbersInDataDoNotMakeTables() {
    memory.touch(0, 0x10_0000);
    long data = 0x20_0000;
    memory.putLong(tables.root(), data | PRESENT);
    for (int i = 0; i < 512; i++) {
      memory.putLong(
          data + i * 8L, i % 2 == 0 ? 0x81 | ((i << 3) & 0x700) : 0x1234_5678_9abc_def1L * i | 1);
    }
    Shape shape = examiner().examine(tables.root());
    assertThat(shape.leaves()).isGreaterThan(100);
    assertThat(shape.isPlausible()).isFalse();
  }

  /** KVM's tables of a guest on one huge page, with its marker of one device. */
  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void onePageOfOneGigabyteOutweighsTheMarkerOfADevice(int levels) {
    TableBuilder nested =
        new TableBuilder(X86Form.nestedLong(levels, 48), memory, Frames.from(0x40_0000));
    nested.map(0, 0x1_0000_0000L, 30, Rights.ALL);
    // Of the page 64 MiB are there: the rest is beyond the end of memory.
    memory.touch(0x1_0000_0000L, 64 << 20);
    nested.map(0xfee0_0000L, 0x12_3000, 12, Rights.ALL);
    for (long table : nested.tables().keySet()) {
      for (long entry = table; entry < table + 4096; entry += 8) {
        if ((memory.getLong(entry) & -4096) == 0x12_3000) {
          memory.putLong(entry, 0x0008_0000_fee0_0017L);
        }
      }
    }
    assertThat(
            TopTables.among(
                nested.tables().keySet(),
                NestedModes.longModes().stream()
                    .map(mode -> new HierarchyExaminer(mode, memory.memory()))
                    .toList(),
                1))
        .singleElement()
        .satisfies(
            top -> {
              assertThat(top.address()).isEqualTo(nested.root());
              assertThat(top.mode().levels()).hasSize(levels);
              assertThat(top.shape().junk()).isEqualTo(1);
            });
  }

  @Test
  void aTableIsWhatItMapsMostAs() {
    memory.touch(0x80_0000, 0x20_0000);
    tables.map(0, 0x80_0000, 12, 0x20_0000, Rights.ALL);
    // With five levels the pages themselves are tables: they hold a few words that could be.
    for (int i = 0; i < 16; i++) {
      memory.putLong(0x80_0000 + i * 4096L, 0x80_0000 | PRESENT);
    }
    HierarchyExaminer five = new HierarchyExaminer(X86Modes.fiveLevel(48), memory.memory());
    assertThat(five.examine(tables.root()).isPlausible()).isTrue();
    List<TopTables.Top> tops =
        TopTables.among(tables.tables().keySet(), List.of(five, examiner()), 2);
    assertThat(tops).extracting(TopTables.Top::address).containsExactly(tables.root());
    assertThat(tops.getFirst().mode().levels()).hasSize(4);
  }
}
