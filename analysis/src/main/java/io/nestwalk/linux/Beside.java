package io.nestwalk.linux;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * Work that a thread of its own does while the one that asked for it does other work.
 *
 * @param <T> what comes of it
 */
final class Beside<T> {

  private final FutureTask<T> work;

  private Beside(Supplier<T> work) {
    this.work = new FutureTask<>(work::get);
  }

  /** Begins, and returns at once. */
  static <T> Beside<T> of(Supplier<T> work) {
    Beside<T> beside = new Beside<>(work);
    Thread.ofPlatform().daemon().name("beside").start(beside.work);
    return beside;
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
}
