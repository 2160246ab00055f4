package io.nestwalk.linux;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * Work that a thread of its own does while the one that asked for it does other work. It has ended
 * when this is closed, so that nobody closes what it still reads.
 *
 * @param <T> what comes of it
 */
final class Beside<T> implements AutoCloseable {

  private final FutureTask<T> work;
  private final Thread worker;

  private Beside(Supplier<T> work) {
    this.work = new FutureTask<>(work::get);
    worker = Thread.ofPlatform().daemon().name("beside").start(this.work);
  }

  /** Begins, and returns at once. */
  static <T> Beside<T> of(Supplier<T> work) {
    return new Beside<>(work);
  }

  /** What came of it, when it is done; what it failed with is thrown here. */
  T get() {
    try {
      return work.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw e.getCause() instanceof RuntimeException failure
          ? failure
          : new IllegalStateException(e.getCause());
    }
  }

  /** Waits for the end of the work, whatever comes of it. */
  @Override
  public void close() {
    boolean interrupted = false;
    while (worker.isAlive()) {
      try {
        worker.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
