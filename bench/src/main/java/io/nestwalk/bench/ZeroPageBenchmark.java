package io.nestwalk.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** The fastest way to see that a page holds nothing: what bounds a pass over a sparse image. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ZeroPageBenchmark {
  private static final int PAGE = 4096;

  private Arena arena;
  private MemorySegment page;
  private MemorySegment zeros;

  @Setup
  @SuppressWarnings("MustBeClosedChecker") // closed in free()
  public void allocate() {
    arena = Arena.ofConfined();
    page = arena.allocate(PAGE, PAGE);
    zeros = arena.allocate(PAGE, PAGE);
  }

  @TearDown
  public void free() {
    arena.close();
  }

  @Benchmark
  public boolean mismatch() {
    return page.mismatch(zeros) < 0;
  }

  @Benchmark
  public boolean orOfEightLongs() {
    for (long at = 0; at < PAGE; at += 8 * Long.BYTES) {
      long any = 0;
      for (int i = 0; i < 8; i++) {
        any |= page.get(ValueLayout.JAVA_LONG, at + (long) i * Long.BYTES);
      }
      if (any != 0) {
        return false;
      }
    }
    return true;
  }
}
