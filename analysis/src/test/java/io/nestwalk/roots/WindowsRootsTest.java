package io.nestwalk.roots;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Architecture;
import io.nestwalk.roots.TopTables.Top;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.TableBuilder;
import io.nestwalk.synthetic.X86Form;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Roots that name themselves, as those of Windows do. */
class WindowsRootsTest {

  private static final long ENTRY = 0x063;
  private static final long KERNEL = 0xffff_f800_0000_0000L;
  private static final int PAGES = 64;

  private final SparseMemory memory = new SparseMemory();
  private final Frames frames = Frames.from(0x10_0000);

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void theSelfMapDoesNotChangeHowDeepTablesAre(int levels) {
    TableBuilder root = root(levels);
    selfMap(root.root(), 0x1ed);
    assertThat(tops(root))
        .singleElement()
        .satisfies(
            top -> {
              assertThat(top.address()).isEqualTo(root.root());
              assertThat(top.mode().levels()).hasSize(levels);
            });
  }

  /** What is below a root with a self map is none, even where it maps more, read as one. */
  @Test
  void whatIsBelowASelfMapIsNoRootHoweverMuchItMaps() {
    TableBuilder root = root(4);
    selfMap(root.root(), 0x1ed);
    long directory = memory.getLong(root.root() + 0x1f0 * 8) & ~0xfffL;
    long table = memory.getLong(directory) & ~0xfffL;
    long lowest = memory.getLong(table) & ~0xfffL;
    // Pages of the kernel that hold table entries themselves: a frame database, paged pool.
    for (int i = 0; i < PAGES; i++) {
      long page = memory.getLong(lowest + 8L * i) & ~0xfffL;
      for (int j = 0; j < 512; j++) {
        memory.putLong(page + 8L * j, ((page + 0x1000L * (j % PAGES)) & ~0xfffL) | 0x63);
      }
    }
    assertThat(tops(root)).extracting(Top::address).containsExactly(root.root());
  }

  @Test
  void twoSelfReferencesAreNoRootAndHideNone() {
    TableBuilder system = root(4);
    selfMap(system.root(), 0x1ed);
    long decoy = frames.take(4096, 12, 48);
    for (int i = 256; i < 512; i++) {
      memory.putLong(decoy + 8L * i, memory.getLong(system.root() + 8L * i));
    }
    selfMap(decoy, 0x150);
    selfMap(decoy, 0x1d0);
    assertThat(TopTables.among(List.of(decoy, system.root()), examiners(), 2))
        .extracting(Top::address)
        .containsExactly(system.root());
    assertThat(TopTables.best(decoy, examiners())).isEmpty();
  }

  /** Most of a process is paged out: software entries outnumber pages that are there. */
  @Test
  void aPagedOutProcessKeepsItsRoot() {
    TableBuilder root = root(4);
    root.map(0x40_0000, frames.take(4096, 12, 48), 12, Rights.ALL);
    long table = memory.getLong(root.root()) & ~0xfffL;
    long directory = memory.getLong(table) & ~0xfffL;
    long lowest = memory.getLong(directory + 2 * 8) & ~0xfffL;
    for (int i = 1; i < 512; i++) {
      memory.putLong(lowest + 8L * i, 0x0012_3400_0000_0080L | (long) i << 36);
    }
    assertThat(tops(root)).isEmpty();
    selfMap(root.root(), 0x1d2);
    assertThat(tops(root))
        .singleElement()
        .satisfies(top -> assertThat(top.mode().levels()).hasSize(4));
  }

  private TableBuilder root(int levels) {
    TableBuilder tables = new TableBuilder(X86Form.longMode(levels, 48), memory, frames);
    long pages = frames.take(PAGES * 4096L, 12, 48);
    memory.touch(pages, PAGES * 4096L);
    tables.map(KERNEL, pages, 12, PAGES * 4096L, Rights.KERNEL);
    return tables;
  }

  private void selfMap(long root, int index) {
    memory.putLong(root + 8L * index, root | ENTRY);
  }

  private List<HierarchyExaminer> examiners() {
    return FirstStage.of(Architecture.X86_64).modes().stream()
        .map(mode -> new HierarchyExaminer(mode, memory.memory()))
        .toList();
  }

  private List<Top> tops(TableBuilder tables) {
    return TopTables.among(memory.pages(), examiners(), 2).stream()
        .filter(top -> top.address() >= tables.root())
        .toList();
  }
}
