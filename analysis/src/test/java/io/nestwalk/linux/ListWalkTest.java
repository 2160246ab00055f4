package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.ListWalk;
import io.nestwalk.linux.kernel.TreeWalk;
import io.nestwalk.system.Warnings;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelSymbols;
import java.nio.charset.StandardCharsets;
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
  void listThatEndsWithZeroIsFollowedToItsEnd() {
    ArrayMemory memory = new ArrayMemory(BASE, 1 << 12);
    memory.putLong(BASE, BASE + 16).putLong(BASE + 16, BASE + 32).putLong(BASE + 32, 0);
    Kernel kernel = kernel(memory);
    List<Long> nodes = new ArrayList<>();
    assertThat(new ListWalk(kernel).ending("list", BASE, 10, nodes::add)).isTrue();
    assertThat(nodes).containsExactly(BASE + 16, BASE + 32);
    assertThat(kernel.warnings().lines()).isEmpty();
    assertThat(new ListWalk(kernel).ending("list", BASE, 1, nodes::add)).isFalse();
  }

  @Test
  void listWhoseHeadIsNotThereIsNoEmptyOne() {
    Kernel kernel = kernel(new ArrayMemory(BASE, 1 << 12));
    long missing = BASE + (1 << 12);
    assertThat(new ListWalk(kernel).ending("list", missing, 10, node -> true)).isFalse();
    assertThat(new ListWalk(kernel).circular("list", missing, 10, node -> true)).isFalse();
    assertThat(kernel.warnings().lines()).isNotEmpty().allMatch(line -> line.contains("the head"));
  }

  @Test
  void listThatShouldEndButReturnsIsNoticed() {
    ArrayMemory memory = new ArrayMemory(BASE, 1 << 12);
    for (int i = 0; i < 20; i++) {
      memory.putLong(BASE + 16L * i, BASE + 16L * (i + 1));
    }
    memory.putLong(BASE + 16L * 20, BASE + 16L * 7);
    Kernel kernel = kernel(memory);
    List<Long> nodes = new ArrayList<>();
    assertThat(new ListWalk(kernel).ending("list", BASE, 1 << 18, nodes::add)).isFalse();
    assertThat(nodes.size()).isBetween(20, 100);
    assertThat(kernel.warnings().lines()).singleElement().asString().contains("not to its end");
  }

  /** Every node lists all others: as many links as the square of the nodes. */
  @Test
  void treeIsShownOnceHoweverOftenItsNodesAreNamed() {
    List<Long> shown = new ArrayList<>();
    long[] links = new long[1];
    TreeWalk walk = new TreeWalk(5000);
    walk.from(
        0,
        (node, children) -> {
          shown.add(node);
          for (long i = 0; i < 1000; i++) {
            links[0]++;
            if (!children.test(i)) {
              break;
            }
          }
        });
    assertThat(shown).hasSize(1000).doesNotHaveDuplicates();
    assertThat(links[0]).isLessThan(7000);
    assertThat(walk.isComplete()).isFalse();
  }

  @Test
  void treeOfAsManyNodesAsMayBeIsComplete() {
    List<Long> shown = new ArrayList<>();
    TreeWalk walk = new TreeWalk(7);
    walk.from(
        1,
        (node, children) -> {
          shown.add(node);
          if (node < 4) {
            assertThat(children.test(2 * node)).isTrue();
            assertThat(children.test(2 * node + 1)).isTrue();
          }
        });
    assertThat(shown).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
    assertThat(walk.isComplete()).isTrue();
  }

  @Test
  void textIsNoLongerThanAPathWhateverTheKernelSays() {
    ArrayMemory memory = new ArrayMemory(BASE, 1 << 13);
    memory.put(BASE, "x".repeat(1 << 13).getBytes(StandardCharsets.US_ASCII));
    Kernel kernel = kernel(memory);
    assertThat(kernel.text(BASE, Integer.MAX_VALUE)).hasSize(4096);
    assertThat(kernel.bytes(new Field(0, Integer.MAX_VALUE, 0, 0, 1), BASE, 20)).hasSize(20);
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
