package io.nestwalk.index;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** What work on another thread has come to. */
public final class Awaited {

  private Awaited() {}

  /**
   * Waits for work that reads or writes files.
   *
   * @param what the work, for a fault that nobody expects
   * @return what it answers
   * @throws IOException what the work threw as such; an {@link InterruptedIOException} where this
   *     thread is interrupted
   */
  public static <T> T of(Future<T> work, String what) throws IOException {
    try {
      return work.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException(what + " was interrupted").initCause(e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException failure -> throw failure;
        case RuntimeException failure -> throw failure;
        case Error error -> throw error;
        default -> throw new IllegalStateException(what + " failed", e.getCause());
      }
    }
  }
}
