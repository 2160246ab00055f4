package io.nestwalk.image;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps small how much of a mapped file the system counts as this process's resident memory. A byte
 * that is read makes the whole piece of the system's cache resident in which it lies: of a file
 * that was written in one go 2 MiB, so that some thousand reads all over an image look like as many
 * gigabytes. A thread looks now and then, and gives back what has become too much; what is needed
 * again is in the system's cache still. On systems other than Linux it does nothing.
 */
final class ResidentBound implements AutoCloseable {

  /** More bytes of files than this are given back. */
  private static final long MOST = 320L << 20;

  /** Some hundred pieces can be read in that time. */
  private static final long PERIOD_NANOS = 10_000_000;

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String RESIDENT = "RssFile:";
  private static final ResidentBound NONE = new ResidentBound(null);

  private final Thread watcher;
  private volatile boolean closed;

  private ResidentBound(MemorySegment mapped) {
    watcher =
        mapped == null
            ? null
            : Thread.ofPlatform().daemon().name("resident bound").start(() -> watch(mapped));
  }

  /**
   * Begins to watch.
   *
   * @param mapped a mapped file, which may not be closed before this is
   */
  static ResidentBound of(MemorySegment mapped) {
    return mapped.byteSize() > MOST && Files.isReadable(STATUS) ? new ResidentBound(mapped) : NONE;
  }

  private void watch(MemorySegment mapped) {
    try {
      while (!closed) {
        if (resident() > MOST) {
          mapped.unload();
        }
        LockSupport.parkNanos(PERIOD_NANOS);
      }
    } catch (IOException e) {
      // The system does not tell: it is as without a bound.
    }
  }

  /** Resident bytes of files, those of the program among them; 0 when the system does not tell. */
  private static long resident() throws IOException {
    String status = Files.readString(STATUS, StandardCharsets.US_ASCII);
    int at = status.indexOf(RESIDENT);
    if (at < 0) {
      return 0;
    }
    long kilobytes = 0;
    for (int i = at + RESIDENT.length(); i < status.length(); i++) {
      char c = status.charAt(i);
      if (c >= '0' && c <= '9') {
        kilobytes = kilobytes * 10 + (c - '0');
      } else if (c == '\n') {
        break;
      }
    }
    return kilobytes << 10;
  }

  /** Ends the watch, and returns when it has ended. */
  @Override
  public void close() {
    if (watcher == null) {
      return;
    }
    closed = true;
    LockSupport.unpark(watcher);
    boolean interrupted = false;
    while (watcher.isAlive()) {
      try {
        watcher.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
