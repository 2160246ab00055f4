package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class BesideTest {

  @Test
  void worksWhileOtherWorkIsDone() {
    CountDownLatch other = new CountDownLatch(1);
    Beside<String> beside =
        Beside.of(
            () -> {
              try {
                other.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return "done";
            });
    other.countDown();
    assertThat(beside.get()).isEqualTo("done");
    beside.close();
  }

  @Test
  void whatItFailedWithIsThrownToWhoWaits() {
    Beside<String> hostile =
        Beside.of(
            () -> {
              throw new IllegalArgumentException("hostile");
            });
    assertThatThrownBy(hostile::get)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("hostile");
    // So a mapped file that was cut says it.
    Beside<String> cut =
        Beside.of(
            () -> {
              throw new InternalError("cut");
            });
    assertThatThrownBy(cut::get).isInstanceOf(InternalError.class).hasMessage("cut");
  }

  @Test
  void hasEndedWhenItIsClosed() {
    boolean[] ended = {false};
    try (Beside<Void> _ =
        Beside.of(
            () -> {
              LockSupport.parkNanos(50_000_000);
              ended[0] = true;
              throw new IllegalStateException("nobody asks");
            })) {
      Thread.currentThread().interrupt();
    }
    assertThat(Thread.interrupted()).isTrue();
    assertThat(ended[0]).isTrue();
  }
}
