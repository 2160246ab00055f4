package io.nestwalk.bench;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Translation;
import io.nestwalk.roots.Root;
import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.LongUnaryOperator;

/**
 * Translations through an image's own page tables, in turn with those of {@code walks.c}: the two
 * share the machine's good and bad moments. {@code bench/walks} runs it.
 *
 * <p>{@code TableWalks IMAGE LIBRARY ROUNDS}: LIBRARY is what {@code walks.c} was compiled to;
 * printed are, for each set of addresses, its name, the nanoseconds that one translation took in
 * the best round of ours and of C's, and the median of the rounds' ratios.
 */
public final class TableWalks {

  private static final int MOST_ADDRESSES = 1 << 18;
  private static final int LEVELS = 4;

  /**
   * Time of the processor for which a loop runs before it is measured: the compilers are done then,
   * however busy the machine is, if each piece of code waits for its own (-Xbatch).
   */
  private static final long WARM_UP_NANOS = 1_500_000_000;

  private static final long PAGE = 4096;
  private static final int WRONG_USAGE = 2;
  private static final int NO_INPUT = 3;

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

    Set(String name, TableSpace space, long[] addresses) {
      this.name = name;
      this.addresses = addresses;
      root = space.tables().root() & -PAGE;
      second = space.below().map(Root::address).orElse(0L);
      isEpt = space.below().map(below -> below.mode().name().startsWith("ept")).orElse(false);
      translate = space.translate();
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
      if (found.stream().anyMatch(run -> run[2] + run[1] > bytes.byteSize())) {
        throw new UnusableDataSetException("its memory does not lie in one file");
      }
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

  /** Runs it; exit codes are the program's. */
  public static void main(String[] args) {
    int code = run(args);
    if (code != 0) {
      System.exit(code);
    }
  }

  private static int run(String[] args) {
    int rounds;
    try {
      rounds = args.length == 3 ? Integer.parseInt(args[2]) : 0;
    } catch (NumberFormatException e) {
      rounds = 0;
    }
    if (rounds <= 0) {
      System.err.println("TableWalks IMAGE LIBRARY ROUNDS, of which 1 or more");
      return WRONG_USAGE;
    }
    Path path = Path.of(args[0]);
    try (MemoryImage image = MemoryImages.open(path, OpenOptions.defaults());
        Arena arena = Arena.ofConfined()) {
      List<Set> sets = sets(image);
      Loop loop = new Loop(Path.of(args[1]), plain(image), image.memory(), arena);
      for (Set set : sets) {
        measure(set, loop, arena, rounds);
      }
      return 0;
    } catch (UnusableDataSetException e) {
      System.err.println("walks: " + path + ": " + e.getMessage());
    } catch (ImageException e) {
      System.err.println("walks: " + e.getMessage());
    } catch (IOException e) {
      System.err.println("walks: " + path + ": " + e);
    }
    return NO_INPUT;
  }

  /** The file in which memory lies as it is: the image, or what it was unpacked to. */
  private static Path plain(MemoryImage image) {
    return image
        .file()
        .path()
        .filter(file -> !image.runs().isEmpty())
        .orElseThrow(
            () ->
                new UnusableDataSetException(
                    "its format (%s) does not store memory plainly".formatted(image.format())));
  }

  private static void measure(Set set, Loop loop, Arena arena, int rounds) {
    MemorySegment addresses = arena.allocateFrom(ValueLayout.JAVA_LONG, set.addresses);
    long expected = loop.sum(set, addresses);
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long warm = threads.getCurrentThreadCpuTime() + WARM_UP_NANOS;
    do {
      if (sum(set) != expected) {
        throw new IllegalStateException(set.name + ": the two do not agree");
      }
    } while (threads.getCurrentThreadCpuTime() < warm);
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
    List<TableSpace> spaces = TableSpace.in(image, TableWalks::isPlain);
    if (spaces.isEmpty()) {
      throw new UnusableDataSetException("no tables of four levels, as x86-64 and EPT have them");
    }
    if (spaces.stream().noneMatch(space -> space.layers() == 2)) {
      System.err.println("walks: no guest with such tables: one layer alone");
    }
    List<Set> sets = new ArrayList<>();
    for (TableSpace space : spaces) {
      String name = space.layers() == 1 ? "one layer" : "two layers";
      long[] ascending = space.addresses(MOST_ADDRESSES);
      sets.add(new Set(name + ", ascending", space, ascending));
      sets.add(new Set(name + ", scattered", space, shuffled(ascending)));
    }
    return sets;
  }

  /** Whether tables have the form that the C program knows. */
  private static boolean isPlain(PagingMode mode) {
    return mode.levels().size() == LEVELS && mode.entry().bytes() == Long.BYTES;
  }

  private static long[] shuffled(long[] addresses) {
    long[] scattered = addresses.clone();
    Random random = new Random(1);
    for (int i = scattered.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      long moved = scattered[i];
      scattered[i] = scattered[other];
      scattered[other] = moved;
    }
    return scattered;
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
