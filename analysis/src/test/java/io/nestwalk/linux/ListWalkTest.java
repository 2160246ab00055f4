package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.ListWalk;
import io.nestwalk.system.Warnings;
import io.nestwalk.types.KernelSymbols;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Lists that never end, which no real memory has. */
class ListWalkTest {

  private static final long BASE = 0xffff_8880_0000_0000L;

  private static Kernel kernel(ArrayMemory memory) {
    return new Kernel(memory, null, memory, new ListedTypes(), KernelSymbols.NONE, new Warnings());
  }

  private static List<Long> walk(Kernel kernel, int limit) {
    List<Long> nodes = new ArrayList<>();
    new ListWalk(kernel).circular("list", BASE, limit, nodes::add);
    return nodes;
  }

  @Test
  void emptyListHasNoNodes() {
    Kernel kernel = kernel(new ArrayMemory(BASE, 64).putLong(BASE, BASE));
    assertThat(walk(kernel, 10)).isEmpty();
    assertThat(kernel.warnings().lines()).isEmpty();
  }

  @Test
  void tenMillionEntriesAreCutOffAtTheBound() {
    int count = 10_000_000;
    ArrayMemory memory = new ArrayMemory(BASE, 16 * count);
    for (int i = 0; i < count; i++) {
      memory.putLong(BASE + 16L * i, BASE + 16L * ((i + 1) % count));
    }
    Kernel kernel = kernel(memory);
    assertThat(walk(kernel, TaskSources.MAX_TASKS)).hasSize(TaskSources.MAX_TASKS);
    assertThat(kernel.warnings().lines()).singleElement().asString().contains("cut off at 0x");
  }

  @Test
  void tailThatBitesTheMiddleIsNoticed() {
    ArrayMemory memory = new ArrayMemory(BASE, 1 << 12);
    for (int i = 0; i < 20; i++) {
      memory.putLong(BASE + 16L * i, BASE + 16L * (i + 1));
    }
    memory.putLong(BASE + 16L * 20, BASE + 16L * 7);
    Kernel kernel = kernel(memory);
    assertThat(walk(kernel, 1 << 30).size()).isBetween(20, 100);
    assertThat(kernel.warnings().lines()).singleElement().asString().contains("returns to");
  }

  @Test
  void emptyMemoryIsTold() {
    Kernel kernel = kernel(new ArrayMemory(BASE, 64).putLong(BASE, BASE + 4096));
    assertThat(walk(kernel, 10)).isEmpty();
    assertThat(kernel.warnings().lines())
        .containsExactly(
            "list: the link at 0xffff888000000000 leads to 0xffff888000001000, which is not"
                + " there");
  }

  @Test
  void warningsThemselvesAreBounded() {
    Warnings warnings = new Warnings();
    for (int i = 0; i < 100_000; i++) {
      warnings.add("line " + i);
    }
    assertThat(warnings.lines()).hasSize(201).last().isEqualTo("99800 more warnings");
  }
}
