package io.nestwalk.cli;

import io.nestwalk.image.Progress;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongFunction;

/**
 * A progress bar with rate and time left on a terminal. Shows nothing before work has lasted long
 * enough to wonder about, and takes itself away in the end.
 */
final class ProgressBar implements Progress, AutoCloseable {

  private static final long FIRST_AFTER_NANOS = 700_000_000L;
  private static final long EVERY_NANOS = 100_000_000L;
  private static final int BAR = 30;
  private static final int LINE = 79;

  private final PrintWriter err;
  private String stage = "";
  private long stageStart;
  private long lastShown;
  private boolean shown;

  ProgressBar(PrintWriter err) {
    this.err = err;
  }

  @Override
  public void advanced(String newStage, long done, long total) {
    show(newStage, done, total, Sizes::of);
  }

  @Override
  public void counted(String newStage, long done, long total, String things) {
    show(newStage, done, total, count -> count + " " + things);
  }

  private synchronized void show(
      String newStage, long done, long total, LongFunction<String> amount) {
    long now = System.nanoTime();
    if (!newStage.equals(stage)) {
      stage = newStage;
      stageStart = now;
      lastShown = now + FIRST_AFTER_NANOS - EVERY_NANOS;
    }
    if (now - lastShown < EVERY_NANOS) {
      return;
    }
    lastShown = now;
    shown = true;
    double seconds = (now - stageStart) / 1e9;
    double rate = done / Math.max(seconds, 1e-3);
    String text;
    if (total > 0) {
      int full = (int) (BAR * Math.min(done, total) / total);
      text =
          String.format(
              Locale.ROOT,
              "%s [%s%s] %d%% %s/s, %.0f s left",
              stage,
              "#".repeat(full),
              ".".repeat(BAR - full),
              done * 100 / total,
              amount.apply((long) rate),
              (total - done) / Math.max(rate, 1));
    } else {
      text = "%s %s, %s/s".formatted(stage, amount.apply(done), amount.apply((long) rate));
    }
    String line = text.length() > LINE ? text.substring(0, LINE) : text;
    err.print("\r" + line + " ".repeat(LINE - line.length()));
    err.flush();
  }

  @Override
  public void close() {
    clear();
  }

  /** Takes itself away until there is more to show. */
  synchronized void clear() {
    if (shown) {
      err.print("\r" + " ".repeat(LINE) + "\r");
      err.flush();
      shown = false;
    }
  }
}
