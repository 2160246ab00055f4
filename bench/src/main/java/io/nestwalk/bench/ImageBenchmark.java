package io.nestwalk.bench;

import io.nestwalk.find.Finder;
import io.nestwalk.find.PatternException;
import io.nestwalk.find.Patterns;
import io.nestwalk.image.AddressRange;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.Machine;
import io.nestwalk.search.MachineFinder;
import io.nestwalk.session.Case;
import io.nestwalk.session.CaseOptions;
import io.nestwalk.session.NotFoundException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What questions about a data set are made of, in a JVM that has answered some before: {@code
 * bench/compare} measures commands, with the start of a JVM.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ImageBenchmark {

  private static final int THREADS = 2;
  private static final int TEXTS = 300;
  private static final int HITS = 1000;

  /** The data set. */
  @Param({DataSets.SAMPLE, DataSets.LARGE, DataSets.MANY})
  public String dataSet;

  private Path cache;
  private Path image;
  private Case opened;
  private AddressRange all;
  private Patterns oneText;
  private Patterns manyTexts;

  /** Opens the data set, and lets a question be remembered in a cache of its own. */
  @Setup
  @SuppressWarnings("MustBeClosedChecker") // closed in close()
  public void open() throws IOException, PatternException {
    image = DataSets.path(dataSet);
    opened = DataSets.open(dataSet, path -> Case.open(path, CaseOptions.defaults().forgetful()));
    opened.machines();
    cache = Files.createTempDirectory("nestwalk-bench");
    System.setProperty("nestwalk.cache", cache.toString());
    List<AddressRange> ranges = opened.image().memory().ranges();
    all = new AddressRange(ranges.getFirst().start(), ranges.getLast().end());
    oneText = new Patterns().text("no such text");
    manyTexts = new Patterns();
    for (int i = 0; i < TEXTS; i++) {
      manyTexts.text("no such text, number %d".formatted(i));
    }
  }

  /** Closes it, and removes what was remembered. */
  @TearDown
  public void close() throws IOException {
    if (opened != null) {
      opened.close();
    }
    if (cache != null) {
      Files.walkFileTree(cache, new Removal());
    }
  }

  private static final class Removal extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.delete(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, IOException failure) throws IOException {
      Files.delete(folder);
      return FileVisitResult.CONTINUE;
    }
  }

  /** All memory shown to what looks for the structures of the image's architecture. */
  @Benchmark
  public long survey() {
    return MachineFinder.survey(opened.image(), all, THREADS, Progress.NONE).pagesNotZero();
  }

  /** A first question: the image opened and surveyed, its machines and systems recognised. */
  @Benchmark
  public int firstMachines() throws ImageException {
    return machines(CaseOptions.defaults().forgetful());
  }

  /** The same of an image that was seen. */
  @Benchmark
  public int secondMachines() throws ImageException {
    return machines(CaseOptions.defaults());
  }

  private int machines(CaseOptions options) throws ImageException {
    try (Case asked = Case.open(image, options)) {
      return asked.machines().all().size();
    }
  }

  /** The host's processes, of an image that was seen. */
  @Benchmark
  public int secondProcesses() throws ImageException, NotFoundException {
    try (Case asked = Case.open(image)) {
      List<Machine> host = asked.recognised(Optional.of(Machine.HOST), note -> {});
      return asked.system(host.getFirst()).processes().size();
    }
  }

  /** One text that is nowhere. */
  @Benchmark
  public Finder.Found findOneText() throws IOException {
    return opened.find(oneText, HITS);
  }

  /** As many texts as a list of indicators has, which are nowhere. */
  @Benchmark
  public Finder.Found findManyTexts() throws IOException {
    return opened.find(manyTexts, HITS);
  }
}
