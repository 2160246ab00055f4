package io.nestwalk.bench;

import io.nestwalk.memory.Layer;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Walker;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Translations per second: one stage, two stages, and reads through them. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class WalkBenchmark {

  private static final int COUNT = 1 << 16;
  private static final long PAGE = 4096;

  /** So little that every layer's cache holds all of it. */
  private static final long WARM_BYTES = 4L << 20;

  private final long[] sequential = new long[COUNT];
  private final long[] scattered = new long[COUNT];
  private final long[] warm = new long[COUNT];
  private GuestTables tables;
  private Walker secondLevel;
  private TranslatedMemory virtual;

  @Setup
  public void build() {
    tables = new GuestTables();
    secondLevel = tables.secondLevel();
    virtual = tables.virtual();
    Random random = new Random(1);
    for (int i = 0; i < COUNT; i++) {
      sequential[i] = i * PAGE;
      scattered[i] = random.nextLong(GuestTables.GUEST_BYTES) & -8;
      warm[i] = random.nextLong(WARM_BYTES) & -8;
    }
  }

  @TearDown
  public void free() {
    tables.close();
  }

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public long eptSequential() {
    return walk(sequential);
  }

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public long eptRandom() {
    return walk(scattered);
  }

  private long walk(long[] addresses) {
    long sum = 0;
    for (long address : addresses) {
      sum += secondLevel.translate(address);
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public long nestedSequential() {
    return walkNested(sequential);
  }

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public long nestedCold() {
    return walkNested(scattered);
  }

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public long nestedWarm() {
    return walkNested(warm);
  }

  private long walkNested(long[] addresses) {
    long sum = 0;
    for (long address : addresses) {
      sum += Layer.toLowest(virtual, GuestTables.VIRTUAL + address);
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public long readNestedWarm() {
    return read(warm);
  }

  @Benchmark
  @OperationsPerInvocation(COUNT)
  public long readNestedCold() {
    return read(scattered);
  }

  private long read(long[] addresses) {
    long sum = 0;
    for (long address : addresses) {
      sum += virtual.getLong(GuestTables.VIRTUAL + address, 0);
    }
    return sum;
  }
}
