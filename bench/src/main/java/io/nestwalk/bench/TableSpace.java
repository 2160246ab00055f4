package io.nestwalk.bench;

import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.SecondLevel.Kind;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.roots.Root;
import io.nestwalk.search.MachineFinder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongUnaryOperator;
import java.util.function.Predicate;

/**
 * Memory that is seen through page tables, and what translates its addresses.
 *
 * @param layers through how many layers of tables an address goes, 1 or 2
 * @param tables the upper ones
 * @param below the root of the lower ones
 * @param memory what is seen
 * @param translate from an address to where it leads in the host, as {@link Translation} has it
 */
record TableSpace(
    int layers, Walker tables, Optional<Root> below, Layer memory, LongUnaryOperator translate) {

  /** Of a leaf at most so many addresses, so that large pages do not outweigh all others. */
  private static final int OF_A_LEAF = 64;

  private static final long PAGE = 4096;

  /** Layers whose tables lead from a guest's physical memory to the host's. */
  private static final Set<Kind> PHYSICAL =
      EnumSet.of(Kind.EPT, Kind.NPT, Kind.STAGE2, Kind.GSTAGE);

  /** A space of one layer. */
  static TableSpace of(PhysicalMemory memory, Walker tables) {
    Layer layer = TranslatedMemory.of(memory, tables);
    return new TableSpace(1, tables, Optional.empty(), layer, tables::translate);
  }

  /**
   * A space of two layers.
   *
   * @param physical the guest's memory, which the tables lie in
   * @param below the root of the layer under it, where it is one of an image
   */
  static TableSpace of(Layer physical, Walker tables, Optional<Root> below) {
    Layer layer = TranslatedMemory.of(physical, tables);
    return new TableSpace(2, tables, below, layer, at -> Layer.toLowest(layer, at));
  }

  /**
   * Those of an image, as far as it has them: the host's first CPU's, through one layer, and that
   * of the first CPU of a guest of its, through two.
   *
   * @param accepted which tables may be used
   */
  static List<TableSpace> in(MemoryImage image, Predicate<PagingMode> accepted) {
    PhysicalMemory memory = image.memory();
    List<TableSpace> spaces = new ArrayList<>();
    for (Machine machine : MachineFinder.find(image, 2, Progress.NONE).all()) {
      Optional<Root> root = machine.root().filter(each -> accepted.test(each.mode()));
      Optional<Root> below =
          machine.secondLevel().root().filter(each -> accepted.test(each.mode()));
      if (root.isPresent() && machine.id().equals(Machine.HOST)) {
        spaces.add(of(memory, walker(root.get(), memory)));
      } else if (root.isPresent()
          && below.isPresent()
          && PHYSICAL.contains(machine.secondLevel().kind())
          && machine.parent().equals(Optional.of(Machine.HOST))) {
        Layer physical = TranslatedMemory.of(memory, walker(below.get(), memory));
        spaces.add(
            of(physical, new Walker(root.get().mode(), root.get().address(), physical), below));
        break;
      }
    }
    return spaces;
  }

  private static Walker walker(Root root, PhysicalMemory memory) {
    return new Walker(root.mode(), root.address(), memory);
  }

  /**
   * Pages that are mapped, in ascending order.
   *
   * @param most how many at most, the lowest ones
   */
  long[] addresses(int most) {
    long[] found = new long[most];
    int[] count = {0};
    tables.forEachLeaf(
        (address, target, shift, permissions) -> {
          long step = Math.max(PAGE, (1L << shift) / OF_A_LEAF);
          for (long at = 0; at < 1L << shift && count[0] < most; at += step) {
            if (!Translation.isFault(translate.applyAsLong(address + at))) {
              found[count[0]++] = address + at;
            }
          }
          return count[0] < most;
        });
    return Arrays.copyOf(found, count[0]);
  }
}
