package io.nestwalk.survey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class WorkersTest {

  @Test
  void theFirstPieceIsDoneHereAndTheOthersBesideIt() {
    CountDownLatch met = new CountDownLatch(3);
    Callable<Thread> piece =
        () -> {
          met.countDown();
          met.await();
          return Thread.currentThread();
        };
    List<Thread> threads = Workers.all(Collections.nCopies(3, piece), "waiting");
    assertThat(threads).doesNotHaveDuplicates().first().isEqualTo(Thread.currentThread());
    assertThat(threads.subList(1, 3)).noneMatch(Thread::isAlive);
  }

  @Test
  void anErrorIsThrownAsItIsWhoeverMeetsIt() {
    Callable<String> good = () -> "good";
    Callable<String> bad =
        () -> {
          throw new OutOfMemoryError("full");
        };
    for (List<Callable<String>> work : List.of(List.of(bad, good), List.of(good, bad))) {
      assertThatThrownBy(() -> Workers.all(work, "reading"))
          .isInstanceOf(OutOfMemoryError.class)
          .hasMessage("full");
    }
  }

  @Test
  void anExceptionSaysWhatFailedWhenAllHaveEnded() {
    AtomicBoolean ended = new AtomicBoolean();
    Callable<String> slow =
        () -> {
          Thread.sleep(50);
          ended.set(true);
          return "";
        };
    Callable<String> bad =
        () -> {
          throw new IllegalArgumentException("wrong");
        };
    assertThatThrownBy(() -> Workers.all(List.of(bad, slow), "reading"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("reading failed")
        .hasCauseInstanceOf(IllegalArgumentException.class);
    assertThat(ended).isTrue();
  }

  @Test
  void whoIsInterruptedWaitsForTheEndOfWhatItBegan() {
    AtomicBoolean ended = new AtomicBoolean();
    Callable<String> first =
        () -> {
          Thread.currentThread().interrupt();
          return "";
        };
    Callable<String> second =
        () -> {
          try {
            Thread.sleep(60_000);
          } catch (InterruptedException e) {
            ended.set(true);
          }
          return "";
        };
    assertThatThrownBy(() -> Workers.all(List.of(first, second), "reading"))
        .hasMessage("reading was interrupted");
    assertThat(ended).isTrue();
    assertThat(Thread.interrupted()).isTrue();
  }
}
