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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.LongUnaryOperator;

/**
 * Translations through an image's own page tables, to be held against {@code walks.c}, which is
 * given the same addresses: {@code bench/walks} runs both.
 *
 * <p>{@code TableWalks IMAGE SETS ROUNDS}: IMAGE lies unpacked; SETS is written for the C program;
 * printed are, for each set of addresses, its name, the sum of what they translate to, and the
 * nanoseconds that one took in the best round.
 */
public final class TableWalks {

  /** Of a leaf at most so many addresses, so that large pages do not outweigh all others. */
  private static final int OF_A_LEAF = 64;

  private static final int MOST_ADDRESSES = 1 << 18;
  private static final int LEVELS = 4;
  private static final int NAME_BYTES = 32;
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

  private TableWalks() {}

  /** Runs it. */
  public static void main(String[] args) throws ImageException, IOException {
    try (MemoryImage image = MemoryImages.open(Path.of(args[0]), OpenOptions.defaults())) {
      List<Set> sets = sets(image);
      write(Path.of(args[1]), image.memory(), sets);
      for (Set set : sets) {
        measure(set, Integer.parseInt(args[2]));
      }
    }
  }

  private static void measure(Set set, int rounds) {
    long sum = 0;
    double best = Double.MAX_VALUE;
    for (int round = 0; round < rounds; round++) {
      long begin = System.nanoTime();
      sum = 0;
      for (long address : set.addresses) {
        sum += Translation.address(set.translate.applyAsLong(address));
      }
      best = Math.min(best, (double) (System.nanoTime() - begin) / set.addresses.length);
    }
    System.out.printf("%s\t%s\t%.2f%n", set.name, Long.toUnsignedString(sum), best);
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

  /** Writes what the C program reads: where memory lies in the file, and the sets; all in words. */
  private static void write(Path place, PhysicalMemory memory, List<Set> sets) throws IOException {
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
    int words = 2 + 3 * runs.size();
    for (Set set : sets) {
      words += NAME_BYTES / Long.BYTES + 4 + set.addresses.length;
    }
    ByteBuffer out = ByteBuffer.allocate(words * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(runs.size());
    runs.forEach(run -> Arrays.stream(run).forEach(out::putLong));
    out.putLong(sets.size());
    for (Set set : sets) {
      byte[] name = set.name.getBytes(StandardCharsets.US_ASCII);
      out.put(Arrays.copyOf(name, NAME_BYTES));
      out.putLong(set.root).putLong(set.second).putLong(set.isEpt ? 1 : 0);
      out.putLong(set.addresses.length);
      Arrays.stream(set.addresses).forEach(out::putLong);
    }
    Files.write(place, out.array());
  }
}
