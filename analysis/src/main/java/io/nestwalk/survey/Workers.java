package io.nestwalk.survey;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Work on several threads at once, which end with it. */
public final class Workers {

  private Workers() {}

  /**
   * Does pieces of work, the first on the calling thread and each other on a thread of its own.
   *
   * @param work one piece at least
   * @param name what failed, should one fail
   * @return what they answer, in their order
   * @throws IllegalStateException when the calling thread is interrupted while it waits for the
   *     others, or one of them throws an exception; an error is thrown as it is
   */
  public static <T> List<T> all(List<? extends Callable<T>> work, String name) {
    List<FutureTask<T>> tasks = new ArrayList<>(work.size());
    work.forEach(piece -> tasks.add(new FutureTask<>(piece)));
    List<Thread> threads = new ArrayList<>(work.size());
    try {
      try {
        for (FutureTask<T> task : tasks.subList(1, tasks.size())) {
          threads.add(Thread.ofPlatform().name(name).start(task));
        }
        tasks.getFirst().run();
      } finally {
        end(threads);
      }
      List<T> answers = new ArrayList<>(work.size());
      for (FutureTask<T> task : tasks) {
        answers.add(task.get());
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

  /** Waits until all have ended, whatever happens: they work on what the caller may close. */
  private static void end(List<Thread> threads) throws InterruptedException {
    InterruptedException interrupted = null;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = e;
          threads.forEach(Thread::interrupt);
        }
      }
    }
    if (interrupted != null) {
      throw interrupted;
    }
  }
}
