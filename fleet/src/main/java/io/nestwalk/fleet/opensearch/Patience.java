package io.nestwalk.fleet.opensearch;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Waits between tries, each time about twice as long, and ends when they have lasted long enough.
 * For one thread, and for one thing that is tried.
 */
final class Patience {

  private static final long FIRST_MILLIS = 100;
  private static final long MOST_MILLIS = 5000;

  private final long end;
  private long millis = FIRST_MILLIS;

  /** Begins. */
  Patience(Duration whole) {
    end = System.nanoTime() + whole.toNanos();
  }

  /**
   * Waits.
   *
   * @param reason why another try is needed
   * @throws IOException the reason, when there has been time enough
   */
  void await(IOException reason) throws IOException {
    // Some of it by chance, so that many who were refused don't come back together.
    long pause = millis / 2 + ThreadLocalRandom.current().nextLong(millis / 2 + 1);
    if (System.nanoTime() + pause * 1_000_000 > end) {
      throw reason;
    }
    millis = Math.min(MOST_MILLIS, millis * 2);
    try {
      Thread.sleep(pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException ended = new InterruptedIOException(reason.getMessage());
      ended.initCause(e);
      throw ended;
    }
  }
}
