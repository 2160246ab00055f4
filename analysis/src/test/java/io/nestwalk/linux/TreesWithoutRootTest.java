package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.RadixTree;
import io.nestwalk.linux.kernel.RedBlackTree;
import io.nestwalk.system.Warnings;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelSymbols;
import org.junit.jupiter.api.Test;

/** A tree whose root is not in memory was not looked at; one that is empty was. */
class TreesWithoutRootTest {

  private static final long THERE = 0xffff_8000_0000_0000L;
  private static final int SIZE = 1 << 12;
  private static final long MISSING = THERE + SIZE;

  private final ArrayMemory memory = new ArrayMemory(THERE, SIZE);
  private final Kernel kernel =
      new Kernel(
          memory,
          null,
          memory,
          new ListedTypes()
              .with("rb_root", "rb_node", 0, 8)
              .with("rb_node", "rb_left", 8, 8)
              .with("rb_node", "rb_right", 16, 8)
              .with("xarray", "xa_head", 8, 8)
              .with("xa_node", "slots", new Field(40, 8, 0, 0, 64))
              .with("xa_node", "shift", 0, 1),
          KernelSymbols.NONE,
          new Warnings());

  @Test
  void redBlackTree() {
    RedBlackTree tree = new RedBlackTree(kernel);
    assertThat(tree.forEach("tree", THERE, 10, node -> true)).isTrue();
    assertThat(kernel.warnings().lines()).isEmpty();
    assertThat(tree.forEach("tree", MISSING, 10, node -> true)).isFalse();
    assertThat(kernel.warnings().lines()).singleElement().asString().contains("is not there");
  }

  @Test
  void radixTree() {
    RadixTree tree = new RadixTree(kernel);
    assertThat(tree.forEach("tree", THERE, entry -> true)).isTrue();
    assertThat(kernel.warnings().lines()).isEmpty();
    assertThat(tree.forEach("tree", MISSING, entry -> true)).isFalse();
    assertThat(kernel.warnings().lines()).singleElement().asString().contains("is not there");
  }
}
