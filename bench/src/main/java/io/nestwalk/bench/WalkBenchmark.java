package io.nestwalk.bench;

import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.memory.Layer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.LongUnaryOperator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a translation takes through the tables of a data set, one layer of them or two, and what a
 * read through them does.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class WalkBenchmark {

  private static final int COUNT = 1 << 16;
  private static final int MOST_ADDRESSES = 1 << 20;
  private static final int PAGE = 4096;

  /** So few pages that every layer's cache holds all of their tables. */
  private static final int WARM_PAGES = 1024;

  /** A space of a data set, and addresses in it; what is mapped of less than that comes again. */
  @State(Scope.Thread)
  public abstract static class Space {

    /** The data set. */
    @Param({DataSets.SYNTHETIC, DataSets.SAMPLE, DataSets.LARGE, DataSets.MANY})
    public String dataSet;

    final long[] ascending = new long[COUNT];
    final long[] scattered = new long[COUNT];
    final long[] warm = new long[COUNT];
    LongUnaryOperator translate;
    Layer memory;
    private AutoCloseable opened;

    /** Opens the data set. */
    void open(int layers) {
      TableSpace space = dataSet.equals(DataSets.SYNTHETIC) ? made(layers) : real(layers);
      translate = space.translate();
      memory = space.memory();
      long[] pages = space.addresses(MOST_ADDRESSES);
      long[] first = Arrays.copyOf(pages, Math.min(pages.length, WARM_PAGES));
      Random random = new Random(1);
      for (int i = 0; i < COUNT; i++) {
        ascending[i] = pages[i % pages.length];
        scattered[i] = anyOf(pages, random);
        warm[i] = anyOf(first, random);
      }
    }

    private static long anyOf(long[] pages, Random random) {
      return pages[random.nextInt(pages.length)] + (random.nextInt(PAGE) & -Long.BYTES);
    }

    @SuppressWarnings("MustBeClosedChecker") // closed in close()
    private TableSpace made(int layers) {
      GuestTables tables = new GuestTables();
      opened = tables;
      return layers == 1 ? tables.physicalSpace() : tables.virtualSpace();
    }

    @SuppressWarnings("MustBeClosedChecker") // closed in close()
    private TableSpace real(int layers) {
      MemoryImage image =
          DataSets.open(dataSet, path -> MemoryImages.open(path, OpenOptions.defaults()));
      opened = image;
      return TableSpace.in(image, mode -> true).stream()
          .filter(space -> space.layers() == layers)
          .findFirst()
          .orElseThrow(
              () ->
                  new UnusableDataSetException(
                      "data set %s: no tables of that many layers: %d".formatted(dataSet, layers)));
    }

    /** Closes what was opened. */
    @TearDown
    public void close() throws Exception {
      if (opened != null) {
        opened.close();
      }
    }
  }

  /** What the host's first CPU saw; of the synthetic data set the guest's physical memory. */
  public static class OneLayer extends Space {
    /** Opens the data set. */
    @Setup
    public void open() {
      open(1);
    }
  }

  /** What the first guest's first CPU saw. */
  public static class TwoLayers extends Space {
    /** Opens the data set. */
    @Setup
    public void open() {
      open(2);
    }
  }

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public long oneLayerAscending(OneLayer space) {
    return walk(space, space.ascending);
  }

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public long oneLayerScattered(OneLayer space) {
    return walk(space, space.scattered);
  }

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public long twoLayersAscending(TwoLayers space) {
    return walk(space, space.ascending);
  }

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public long twoLayersScattered(TwoLayers space) {
    return walk(space, space.scattered);
  }

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public long twoLayersWarm(TwoLayers space) {
    return walk(space, space.warm);
  }

  private static long walk(Space space, long[] addresses) {
    LongUnaryOperator translate = space.translate;
    long sum = 0;
    for (long address : addresses) {
      sum += translate.applyAsLong(address);
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public long readTwoLayersScattered(TwoLayers space) {
    return read(space, space.scattered);
  }

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public long readTwoLayersWarm(TwoLayers space) {
    return read(space, space.warm);
  }

  private static long read(Space space, long[] addresses) {
    Layer memory = space.memory;
    long sum = 0;
    for (long address : addresses) {
      sum += memory.getLong(address, 0);
    }
    return sum;
  }
}
