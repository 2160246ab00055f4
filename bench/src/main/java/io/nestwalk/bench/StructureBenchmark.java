package io.nestwalk.bench;

import io.nestwalk.image.MappedMemory;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.FrameMap;
import io.nestwalk.memory.Budget;
import io.nestwalk.paging.EptModes;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.X86Modes;
import io.nestwalk.roots.HierarchyExaminer;
import io.nestwalk.roots.HostSaveDetector;
import io.nestwalk.roots.Shape;
import io.nestwalk.roots.TableDetector;
import io.nestwalk.roots.VmcbDetector;
import io.nestwalk.roots.VmcsDetector;
import io.nestwalk.survey.Survey;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
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

/** What finding machines is made of: the survey, and whole hierarchies read through. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class StructureBenchmark {

  private static final int PHYSICAL_BITS = 48;
  private static final long RAW_BYTES = 1L << 30;
  private static final int THREADS = 2;
  private static final PagingMode EPT = EptModes.of(4, PHYSICAL_BITS);

  private Arena arena;
  private PhysicalMemory raw;
  private GuestTables tables;

  /** Every other page of the raw memory is empty, the others hold what passes for data. */
  @Setup
  @SuppressWarnings("MustBeClosedChecker") // closed in free()
  public void build() {
    tables = new GuestTables();
    arena = Arena.ofShared();
    MemorySegment bytes = arena.allocate(RAW_BYTES, Survey.PAGE_SIZE);
    Random random = new Random(1);
    for (long page = 0; page < RAW_BYTES; page += 2 * Survey.PAGE_SIZE) {
      for (int i = 0; i < Survey.PAGE_SIZE; i += Long.BYTES) {
        bytes.set(ValueLayout.JAVA_LONG, page + i, random.nextLong());
      }
    }
    raw = MappedMemory.of(bytes, List.of(new MemoryRun(0, RAW_BYTES, 0)));
  }

  @TearDown
  public void free() {
    tables.close();
    arena.close();
  }

  /** A gigabyte, half of it empty, shown to what looks for an x86 host's structures. */
  @Benchmark
  public long surveyOfAGigabyte() {
    return Survey.of(
            raw,
            List.of(
                new TableDetector(X86Modes.fourLevel(PHYSICAL_BITS)),
                new TableDetector(EPT),
                new VmcbDetector(),
                new HostSaveDetector(),
                new VmcsDetector()),
            THREADS,
            Progress.NONE)
        .pagesNotZero();
  }

  /** All tables of a guest with 4 GiB. */
  @Benchmark
  public Shape examineSecondLevel() {
    return new HierarchyExaminer(EPT, tables.host()).examine(tables.secondLevel().root());
  }

  /** The same tables, read backwards. */
  @Benchmark
  public FrameMap mapFrames() {
    return FrameMap.of(tables.physical(), Budget.forSpace(tables.physical()));
  }
}
