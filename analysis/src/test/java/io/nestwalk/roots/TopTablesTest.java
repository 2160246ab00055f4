package io.nestwalk.roots;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.Progress;
import io.nestwalk.paging.ArmModes;
import io.nestwalk.paging.ArmModes.Granule;
import io.nestwalk.paging.ArmModes.OutputSize;
import io.nestwalk.paging.InputRule;
import io.nestwalk.survey.Survey;
import io.nestwalk.synthetic.ArmForm;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.TableBuilder;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Roots among the pages that a survey of made-up memory lets pass. */
class TopTablesTest {

  private static final int ADDRESS_BITS = 48;
  private static final int PAGES = 40;

  private final SparseMemory memory = new SparseMemory();
  private final Frames frames = Frames.from(0x10_0000);

  /** A root of several pages, of which only one in the middle or at the end holds entries. */
  @ParameterizedTest
  @CsvSource({
    "KIB_16, 47, 710",
    "KIB_16, 47, 1024",
    "KIB_16, 47, 1680",
    "KIB_16, 47, 2043",
    "KIB_16, 36, 2043",
    "KIB_64, 42, 5000",
    "KIB_64, 52, 900"
  })
  void aRootShowsInAnyOfItsPages(Granule granule, int bits, int index) {
    OutputSize output = bits == 52 ? OutputSize.LPA : OutputSize.BITS_48;
    ArmForm form = ArmForm.stage1(granule, bits, false, output);
    TableBuilder tables = new TableBuilder(form, memory, frames);
    int indexShift = form.mode().levels().getFirst().shift();
    for (int i = 0; i < PAGES; i++) {
      long page = frames.take(1L << granule.shift(), granule.shift(), ADDRESS_BITS);
      memory.touch(page, 1L << granule.shift());
      long address = ((long) index << indexShift) + ((long) i << granule.shift());
      tables.map(address, page, granule.shift(), Rights.ALL);
    }
    assertThat(tops())
        .singleElement()
        .satisfies(
            top -> {
              assertThat(top.address()).isEqualTo(tables.root());
              assertThat(top.mode().name()).isEqualTo(form.mode().name());
            });
  }

  /** As Linux has them: in a slab, among others of the kind and what the allocator writes. */
  @ParameterizedTest
  @CsvSource({"KIB_4, 52, 128", "KIB_16, 52, 256"})
  void rootsSmallerThanAPageLieInASlab(Granule granule, int bits, int size) {
    ArmForm form = ArmForm.stage1(granule, bits, false, OutputSize.LPA2);
    long slab = frames.take(SparseMemory.PAGE, 12, ADDRESS_BITS);
    TableBuilder[] processes = new TableBuilder[2];
    long place = slab + 5L * size;
    for (int i = 0; i < processes.length; i++) {
      Frames own = Frames.from(place);
      processes[i] = new TableBuilder(form, memory, own);
      own.take(1, 24 + i, ADDRESS_BITS);
      for (int j = 0; j < PAGES; j++) {
        long page = own.take(1L << granule.shift(), granule.shift(), ADDRESS_BITS);
        memory.touch(page, 1L << granule.shift());
        long address = 0x40_0000 + ((long) j << granule.shift());
        processes[i].map(address, page, granule.shift(), Rights.ALL);
      }
      place += 2L * size;
    }
    memory.putLong(slab + size / 2, 0xd1b2_c3d4_e5f6_a7b9L);
    RootFinder finder = new RootFinder(memory.memory(), Architecture.AARCH64);
    assertThat(finder.byStructure(pages()))
        .allSatisfy(found -> assertThat(found.root().mode().name()).isEqualTo(form.mode().name()))
        .extracting(found -> found.root().address())
        .containsExactlyInAnyOrder(processes[0].root(), processes[1].root());
    assertThat(finder.modeOf(processes[0].root()).orElseThrow().name())
        .isEqualTo(form.mode().name());
    assertThat(finder.modeOf(processes[0].root() + 16)).isEmpty();
  }

  private List<Long> pages() {
    SmallArmRootDetector small = new SmallArmRootDetector();
    Survey survey = Survey.of(memory.memory(), List.of(small), 1, Progress.NONE);
    return Stream.concat(tables().stream(), survey.found(small).stream()).toList();
  }

  private List<TopTables.Top> tops() {
    PhysicalMemory all = memory.memory();
    List<HierarchyExaminer> examiners =
        FirstStage.of(Architecture.AARCH64).modes().stream()
            .map(mode -> new HierarchyExaminer(mode, all))
            .toList();
    return TopTables.among(tables(), examiners, 2);
  }

  private List<Long> tables() {
    TableDetector detector =
        new TableDetector(
            ArmModes.stage1(Granule.KIB_4, 48, InputRule.ZERO_EXTENDED, OutputSize.BITS_48));
    return Survey.of(memory.memory(), List.of(detector), 1, Progress.NONE).found(detector);
  }
}
