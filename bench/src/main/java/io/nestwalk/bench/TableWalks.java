package io.nestwalk.bench;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.roots.Root;
import io.nestwalk.search.MachineFinder;
import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.LongUnaryOperator;

/**
 * Translations through an image's own page tables, in turn with those of {@code walks.c}: the two
 * share the machine's good and bad moments. {@code bench/walks} runs it.
 *
 * <p>{@code TableWalks IMAGE LIBRARY ROUNDS}: IMAGE lies unpacked; LIBRARY is what {@code walks.c}
 * was compiled to; printed are, for each set of addresses, its name, the nanoseconds that one
 * translation took in the best round of ours and of C's, and the median of the rounds' ratios.
 */
public final class TableWalks {

  /** Of a leaf at most so many addresses, so that large pages do not outweigh all others. */
  private static final int OF_A_LEAF = 64;

  private static final int MOST_ADDRESSES = 1 << 18;
  private static final int LEVELS = 4;

  /** So long a loop is run before it is measured: the compilers are done then. */
  private static final long WARM_UP_NANOS = 1_500_000_000;

  private static final long PAGE = 4096;

  /** Addresses and what translates them. */
  private static final class Set {

    private final String name;

    /** The root of their tables. */
    private final long root;

    /** The root of the layer below, 0 for none. */
    private final long second;

    /** Whether that layer's entries have the form of EPT. */
    private final boolean isEpt;

    private final long[] addresses;
    private final LongUnaryOperator translate;

    Set(
        String name,
        long root,
        long second,
        boolean isEpt,
        long[] addresses,
        LongUnaryOperator translate) {
      this.name = name;
      this.root = root;
      this.second = second;
      this.isEpt = isEpt;
      this.addresses = addresses;
      this.translate = translate;
    }
  }

  /** The loop in C, and the image as it needs it. */
  @SuppressWarnings("restricted") // bench/walks allows it
  private static final class Loop {

    private final MethodHandle walks;
    private final MemorySegment bytes;
    private final MemorySegment runs;
    private final long runCount;

    Loop(Path library, Path image, PhysicalMemory memory, Arena arena) throws IOException {
      ValueLayout.OfLong word = ValueLayout.JAVA_LONG;
      AddressLayout pointer = ValueLayout.ADDRESS;
      walks =
          Linker.nativeLinker()
              .downcallHandle(
                  SymbolLookup.libraryLookup(library, arena).findOrThrow("walks"),
                  FunctionDescriptor.of(
                      word, pointer, pointer, word, word, word, word, pointer, word));
      try (FileChannel file = FileChannel.open(image)) {
        bytes = file.map(FileChannel.MapMode.READ_ONLY, 0, file.size(), arena);
      }
      List<long[]> found = runs(memory);
      runs = arena.allocateFrom(word, found.stream().flatMapToLong(Arrays::stream).toArray());
      runCount = found.size();
    }

    long sum(Set set, MemorySegment addresses) {
      try {
        return (long)
            walks.invokeExact(
                bytes,
                runs,
                runCount,
                set.root,
                set.second,
                set.isEpt ? 1L : 0L,
                addresses,
                (long) set.addresses.length);
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private TableWalks() {}

  /** Runs it. */
  public static void main(String[] args) throws ImageException, IOException {
    Path path = Path.of(args[0]);
    try (MemoryImage image = MemoryImages.open(path, OpenOptions.defaults());
        Arena arena = Arena.ofConfined()) {
      Loop loop = new Loop(Path.of(args[1]), path, image.memory(), arena);
      for (Set set : sets(image)) {
        measure(set, loop, arena, Integer.parseInt(args[2]));
      }
    }
  }

  private static void measure(Set set, Loop loop, Arena arena, int rounds) {
    MemorySegment addresses = arena.allocateFrom(ValueLayout.JAVA_LONG, set.addresses);
    long expected = loop.sum(set, addresses);
    long warm = System.nanoTime() + WARM_UP_NANOS;
    do {
      if (sum(set) != expected) {
        throw new IllegalStateException(set.name + ": the two do not agree");
      }
    } while (System.nanoTime() < warm);
    double ours = Double.MAX_VALUE;
    double base = Double.MAX_VALUE;
    double[] ratios = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      long begin = System.nanoTime();
      long first = sum(set);
      long middle = System.nanoTime();
      long second = loop.sum(set, addresses);
      long end = System.nanoTime();
      if (first != second) {
        throw new IllegalStateException(set.name + ": the two do not agree");
      }
      ours = Math.min(ours, (double) (middle - begin) / set.addresses.length);
      base = Math.min(base, (double) (end - middle) / set.addresses.length);
      ratios[round] = (double) (middle - begin) / (end - middle);
    }
    Arrays.sort(ratios);
    System.out.printf("%s\t%.2f\t%.2f\t%.2f%n", set.name, ours, base, ratios[rounds / 2]);
  }

  private static long sum(Set set) {
    long sum = 0;
    for (long address : set.addresses) {
      sum += Translation.address(set.translate.applyAsLong(address));
    }
    return sum;
  }

  private static List<Set> sets(MemoryImage image) {
    PhysicalMemory memory = image.memory();
    List<Machine> machines = MachineFinder.find(image, 2, Progress.NONE).all();
    List<Set> sets = new ArrayList<>();
    for (Machine machine : machines) {
      Optional<Root> root = machine.root().filter(each -> isPlain(each.mode()));
      Optional<Root> below = machine.secondLevel().root().filter(each -> isPlain(each.mode()));
      if (root.isPresent() && machine.id().equals(Machine.HOST)) {
        Walker walker = new Walker(root.get().mode(), root.get().address(), memory);
        add(sets, "one layer", walker, Optional.empty(), walker::translate);
      } else if (root.isPresent() && below.isPresent()) {
        Layer physical =
            TranslatedMemory.of(
                memory, new Walker(below.get().mode(), below.get().address(), memory));
        Walker walker = new Walker(root.get().mode(), root.get().address(), physical);
        Layer virtual = TranslatedMemory.of(physical, walker);
        add(sets, "two layers", walker, below, address -> Layer.toLowest(virtual, address));
        break;
      }
    }
    if (sets.isEmpty()) {
      throw new IllegalArgumentException("no tables of four levels, as x86-64 and EPT have them");
    }
    if (machines.stream().noneMatch(each -> each.secondLevel().kind() != SecondLevel.Kind.NONE)) {
      System.err.println("walks: no guest: one layer alone");
    }
    return sets;
  }

  /** Whether tables have the form that the C program knows. */
  private static boolean isPlain(PagingMode mode) {
    return mode.levels().size() == LEVELS && mode.entry().bytes() == Long.BYTES;
  }

  /** Adds the same addresses in ascending order and in none. */
  private static void add(
      List<Set> sets,
      String name,
      Walker walker,
      Optional<Root> below,
      LongUnaryOperator translate) {
    long[] found = new long[MOST_ADDRESSES];
    int[] count = {0};
    walker.forEachLeaf(
        (address, target, shift, permissions) -> {
          long step = Math.max(PAGE, (1L << shift) / OF_A_LEAF);
          for (long at = 0; at < 1L << shift && count[0] < found.length; at += step) {
            if (!Translation.isFault(translate.applyAsLong(address + at))) {
              found[count[0]++] = address + at;
            }
          }
          return count[0] < found.length;
        });
    long[] ascending = Arrays.copyOf(found, count[0]);
    long[] scattered = ascending.clone();
    Random random = new Random(1);
    for (int i = scattered.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      long moved = scattered[i];
      scattered[i] = scattered[other];
      scattered[other] = moved;
    }
    long second = below.map(Root::address).orElse(0L);
    boolean isEpt = below.map(root -> root.mode().name().startsWith("ept")).orElse(false);
    long root = walker.root() & -PAGE;
    sets.add(new Set(name + ", ascending", root, second, isEpt, ascending, translate));
    sets.add(new Set(name + ", scattered", root, second, isEpt, scattered, translate));
  }

  /** Where memory lies in the file: of each piece its address, its length and its place. */
  private static List<long[]> runs(PhysicalMemory memory) {
    List<long[]> runs = new ArrayList<>();
    for (AddressRange range : memory.ranges()) {
      for (long at = range.start(); at < range.end(); at += PAGE) {
        long offset = memory.locate(at);
        if (offset == Memory.NOWHERE) {
          continue; // reads as zeros, as what is missing does in C
        }
        long length = Math.min(PAGE, range.end() - at);
        long[] last = runs.isEmpty() ? null : runs.getLast();
        if (last != null && last[0] + last[1] == at && last[2] + last[1] == offset) {
          last[1] += length;
        } else {
          runs.add(new long[] {at, length, offset});
        }
      }
    }
    return runs;
  }
}
