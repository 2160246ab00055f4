package io.nestwalk.survey;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Work on several threads at once, which end with it. */
public final class Workers {

  private Workers() {}

  /**
   * Does pieces of work, each on a thread of its own.
   *
   * @param name what failed, should one fail
   * @return what they answer, in their order
   * @throws IllegalStateException when the calling thread is interrupted or one of them throws an
   *     exception; an error is thrown as it is
   */
  public static <T> List<T> all(List<? extends Callable<T>> work, String name) {
    try (ExecutorService threads = Executors.newFixedThreadPool(work.size())) {
      List<T> answers = new ArrayList<>(work.size());
      for (Future<T> each : threads.invokeAll(work)) {
        answers.add(each.get());
      }
      return answers;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(name + " was interrupted", e);
    } catch (ExecutionException e) {
      // An image that can no longer be read, or too little memory: not the work's fault.
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(name + " failed", e.getCause());
    }
  }
}
