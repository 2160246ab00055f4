package io.nestwalk.fleet;

import io.nestwalk.image.ImageException;
import java.io.IOError;
import java.io.IOException;
import java.io.InterruptedIOException;
import org.apache.spark.TaskContext;

/**
 * A try at an image. What the image is to blame for is its outcome at once; what may be better next
 * time is left to Spark to try again, and is the outcome of the last try. A try that Spark has
 * ended, since another one came first, says nothing of the image.
 */
final class Attempt {

  /** Something that is done with an image. */
  @FunctionalInterface
  interface Work {
    void run() throws Exception;
  }

  private Attempt() {}

  /**
   * Tries.
   *
   * @throws IOException when something could not be read or written and Spark will try again, or
   *     when it has ended this try
   */
  static Outcome of(ImageFile image, FleetSettings settings, Work work) throws IOException {
    try {
      work.run();
      return Outcome.done(image);
    } catch (ImageException e) {
      requireWanted(e);
      return new Outcome(image, e.getMessage());
    } catch (IOException | IOError e) {
      requireWanted(e);
      if (TaskContext.get() != null
          && TaskContext.get().attemptNumber() + 1 < settings.attempts()) {
        throw new IOException(image.uri() + ": " + e.getMessage(), e);
      }
      return new Outcome(image, "can't be read or written: " + e.getMessage());
    } catch (OutOfMemoryError e) {
      return new Outcome(image, "needs more memory than an executor has");
    } catch (Exception | StackOverflowError e) {
      requireWanted(e);
      return new Outcome(image, "a fault in the program: " + e);
    }
  }

  /**
   * Sees to it that nothing is put in its place for a try that was ended.
   *
   * @throws IOException when it was
   */
  static void requireWanted() throws IOException {
    requireWanted(null);
  }

  private static void requireWanted(Throwable cause) throws IOException {
    TaskContext task = TaskContext.get();
    if (Thread.currentThread().isInterrupted()
        || cause instanceof InterruptedException
        || (task != null && task.isInterrupted())) {
      InterruptedIOException ended = new InterruptedIOException("the try was ended");
      ended.initCause(cause);
      throw ended;
    }
  }
}
