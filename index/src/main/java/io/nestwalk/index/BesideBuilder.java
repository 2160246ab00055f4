package io.nestwalk.index;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Hands entries to a builder on a thread of its own: who makes them does not wait until they are
 * written. At most some thousand entries are under way. What fails there is thrown by a later call,
 * and nothing that comes after it is done.
 */
final class BesideBuilder implements IndexBuilder {

  private static final int STEP_ENTRIES = 512;
  private static final int MOST_STEPS = 8;

  private final IndexBuilder builder;
  private final ExecutorService writer =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("index").factory());
  private final Queue<Future<?>> underWay = new ArrayDeque<>();
  private List<Entry> entries = new ArrayList<>(STEP_ENTRIES);

  /** Whether a step did not come to its end; then none is done any more. */
  private volatile boolean failed;

  private volatile boolean closed;

  /**
   * Begins.
   *
   * @param builder is used by one thread at a time, and by none beside these two until this one is
   *     closed, which closes it
   */
  BesideBuilder(IndexBuilder builder) {
    this.builder = builder;
  }

  /** Something that the builder is to do. */
  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  private void begin(Step step) throws IOException {
    if (underWay.size() == MOST_STEPS) {
      await(underWay.remove());
    }
    underWay.add(
        writer.submit(
            () -> {
              run(step);
              return null;
            }));
  }

  private void run(Step step) throws IOException {
    if (failed || closed) {
      return;
    }
    boolean done = false;
    try {
      step.run();
      done = true;
    } finally {
      failed = !done;
    }
  }

  private static void await(Future<?> step) throws IOException {
    Awaited.of(step, "writing the index");
  }

  private void beginEntries() throws IOException {
    if (!entries.isEmpty()) {
      List<Entry> all = entries;
      entries = new ArrayList<>(STEP_ENTRIES);
      begin(
          () -> {
            for (Entry entry : all) {
              builder.add(entry);
            }
          });
    }
  }

  /** Returns when all that was begun is done. */
  private void finishSteps() throws IOException {
    beginEntries();
    while (!underWay.isEmpty()) {
      await(underWay.remove());
    }
    if (failed) {
      throw new IOException("the index could not be written");
    }
  }

  @Override
  public void beginPart(String name) throws IOException {
    beginEntries();
    begin(() -> builder.beginPart(name));
  }

  @Override
  public void add(Entry entry) throws IOException {
    entries.add(entry);
    if (entries.size() == STEP_ENTRIES) {
      beginEntries();
    }
  }

  @Override
  public void completePart(List<String> warnings) throws IOException {
    beginEntries();
    List<String> copy = List.copyOf(warnings);
    begin(() -> builder.completePart(copy));
  }

  @Override
  public Set<String> completeParts() throws IOException {
    finishSteps();
    return builder.completeParts();
  }

  @Override
  public List<String> warnings() throws IOException {
    finishSteps();
    return builder.warnings();
  }

  @Override
  public void finish() throws IOException {
    finishSteps();
    builder.finish();
  }

  @Override
  public void close() throws IOException {
    closed = true;
    try (builder) {
      awaitEnd();
    }
  }

  /** Interrupts nothing: what is being written is written to its end. */
  private void awaitEnd() {
    writer.shutdown();
    boolean interrupted = false;
    while (!writer.isTerminated()) {
      try {
        writer.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
