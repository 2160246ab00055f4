package io.nestwalk.roots;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Architecture;
import io.nestwalk.paging.EptModes;
import io.nestwalk.survey.KeptNumbers;
import io.nestwalk.survey.MemoryNotes;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.TableBuilder;
import io.nestwalk.synthetic.X86Form;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is remembered of a search for roots, and that a record which lies makes no root. */
class RememberedRootsTest {

  private static final int ADDRESS_BITS = 40;
  private static final long KERNEL = 0xffff_8000_0000_0000L;

  private final SparseMemory memory = new SparseMemory();
  private final Frames frames = Frames.from(0x10_0000);
  private final KeptNumbers kept = new KeptNumbers();

  @Test
  void theSecondSearchGivesWhatTheFirstFound() {
    List<Long> tables = List.of(process(3), process(5));
    List<StructuralRoot> first = search(tables, "");
    assertThat(first).hasSize(2);
    assertThat(search(tables, "")).isEqualTo(first);
    assertThat(kept.size()).isEqualTo(1);
    // Known are the roots alone: where one is named, nothing below it is read again.
    kept.forge(
        all -> {
          all[5] = 777;
          return all;
        });
    assertThat(search(tables, "").toString()).contains("777 pages").isNotEqualTo(first.toString());
  }

  @Test
  void eachMemoryHasItsOwn() {
    List<Long> tables = List.of(process(3));
    search(tables, "");
    RememberedRoots behind =
        new RememberedRoots(MemoryNotes.of(kept))
            .behind(EptModes.of(4, ADDRESS_BITS), tables.getFirst());
    finder().byStructure(tables, behind);
    finder().byStructure(tables, behind.behind(EptModes.of(4, ADDRESS_BITS), 0x5000));
    assertThat(kept.size()).isEqualTo(3);
  }

  @Test
  void ofOtherTablesNothingIsRemembered() {
    long one = process(3);
    long other = process(4);
    search(List.of(one), "");
    assertThat(addresses(search(List.of(other), ""))).containsExactly(other);
    assertThat(addresses(search(List.of(one, other), ""))).containsExactlyInAnyOrder(one, other);
  }

  /** Each number of a root: its mode, its address, the parts of its shape. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 5, 9})
  void aRecordThatLiesMakesNoRoot(int number) {
    List<Long> tables = List.of(process(3), process(5));
    List<StructuralRoot> really = search(tables, "");
    kept.forge(
        all -> {
          all[number] = number == 5 ? 0 : all[number] + 0x1000;
          return all;
        });
    assertThat(search(tables, "")).isEqualTo(really);
  }

  @Test
  void aRecordThatIsCutIsNone() {
    List<Long> tables = List.of(process(3), process(5));
    List<StructuralRoot> whole = search(tables, "");
    for (int length : new int[] {0, 1, 2 + 7, 2 + 9}) {
      search(tables, "");
      kept.forge(all -> Arrays.copyOf(all, length));
      assertThat(search(tables, "")).isEqualTo(whole);
    }
  }

  @Test
  void aSearchThatLeftTablesOutSaysSoAndIsNotRemembered() {
    List<Long> tables = List.of(process(3), process(5));
    RememberedRoots remembered = new RememberedRoots(MemoryNotes.of(kept));
    RootFinder hasty = new RootFinder(memory.memory(), Architecture.X86_64, 1, 5);
    assertThat(hasty.byStructure(tables, remembered)).hasSizeLessThan(2);
    assertThat(hasty.isCutOff()).isTrue();
    assertThat(kept.size()).isZero();

    RootFinder patient = finder();
    assertThat(patient.byStructure(tables, remembered)).hasSize(2);
    assertThat(patient.isCutOff()).isFalse();
    assertThat(kept.size()).isOne();
  }

  @Test
  void theOneTableIsRememberedAndHeldAgainstTheMemory() {
    RememberedRoots remembered = new RememberedRoots(MemoryNotes.of(kept));
    List<Long> tables = List.of(0x1000L, 0x2000L, 0x3000L);
    assertThat(one(remembered, tables, OptionalLong.of(0x2000))).hasValue(0x2000);
    assertThat(one(remembered, tables, NOT_SEARCHED)).hasValue(0x2000);
    // Of other tables, or where it is not so any more, it is searched for.
    assertThat(one(remembered, tables.subList(0, 2), OptionalLong.empty())).isEmpty();
    assertThat(one(remembered, tables, OptionalLong.of(0x3000))).hasValue(0x3000);
    kept.forge(
        all -> {
          all[2] = 0x5000;
          return all;
        });
    assertThat(one(remembered, tables, OptionalLong.of(0x1000))).hasValue(0x1000);
    assertThat(remembered.one("it", tables, table -> false, () -> OptionalLong.of(0x2000)))
        .hasValue(0x2000);
  }

  @Test
  void thatThereIsNoneIsRememberedToo() {
    RememberedRoots remembered = new RememberedRoots(MemoryNotes.of(kept));
    List<Long> tables = List.of(0x1000L, 0x2000L);
    assertThat(one(remembered, tables, OptionalLong.empty())).isEmpty();
    assertThat(one(remembered, tables, NOT_SEARCHED)).isEmpty();
    assertThat(one(RememberedRoots.NONE, tables, OptionalLong.of(0x2000))).hasValue(0x2000);
  }

  /** What a search must not be asked for. */
  private static final OptionalLong NOT_SEARCHED = OptionalLong.of(-1);

  private static OptionalLong one(
      RememberedRoots remembered, List<Long> tables, OptionalLong found) {
    return remembered.one("it", tables, table -> true, () -> found);
  }

  private List<StructuralRoot> search(List<Long> tables, String place) {
    return finder().byStructure(tables, new RememberedRoots(new MemoryNotes(kept, place)));
  }

  private RootFinder finder() {
    return new RootFinder(memory.memory(), Architecture.X86_64);
  }

  private static List<Long> addresses(List<StructuralRoot> roots) {
    return roots.stream().map(found -> found.root().address()).toList();
  }

  /** The root of a process with so many pages of its own, and the kernel's. */
  private long process(int pages) {
    TableBuilder tables = new TableBuilder(X86Form.longMode(4, ADDRESS_BITS), memory, frames);
    for (int i = 0; i < 4 * pages; i++) {
      long page = frames.take(SparseMemory.PAGE, 12, ADDRESS_BITS);
      memory.touch(page, SparseMemory.PAGE);
      tables.map(
          (i < pages ? 0x40_0000L : KERNEL) + (long) i * SparseMemory.PAGE, page, 12, Rights.ALL);
    }
    return tables.root();
  }
}
