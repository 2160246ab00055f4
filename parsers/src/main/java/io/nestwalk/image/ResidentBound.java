package io.nestwalk.image;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps small how much of mapped files the system counts as this process's resident memory. A byte
 * that is read makes the whole piece of the system's cache resident in which it lies: of a file
 * that was written in one go 2 MiB, so that some thousand reads all over an image look like as many
 * gigabytes. One thread for all files looks now and then, and gives back what has become too much;
 * what is needed again is in the system's cache still. On systems other than Linux it does nothing.
 */
final class ResidentBound implements AutoCloseable {

  /** More bytes of files than this are given back. */
  private static final long MOST = 320L << 20;

  /** Where what is not ours to give back is more than that, so much may be beside it. */
  private static final long BESIDE = MOST / 2;

  /** Some hundred pieces can be read in that time. */
  private static final long PERIOD_NANOS = 10_000_000;

  /** So long the period grows while nothing changes: a server may have nothing to do for days. */
  private static final long LONGEST_PERIOD_NANOS = 8 * PERIOD_NANOS;

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String RESIDENT = "RssFile:";

  /** Of all files that are mapped; its lock is held while they are given back. */
  private static final List<ResidentBound> BOUNDS = new ArrayList<>();

  private static long mappedBytes;
  private static Thread watcher;

  private final MemorySegment mapped;

  private ResidentBound(MemorySegment mapped) {
    this.mapped = mapped;
  }

  /**
   * Begins to watch.
   *
   * @param mapped a mapped file, which may not be closed before this is
   */
  static ResidentBound of(MemorySegment mapped) {
    ResidentBound bound = new ResidentBound(mapped);
    synchronized (BOUNDS) {
      BOUNDS.add(bound);
      mappedBytes += mapped.byteSize();
      if (mappedBytes > MOST && watcher == null && Files.isReadable(STATUS)) {
        watcher = Thread.ofPlatform().daemon().name("resident bound").start(ResidentBound::watch);
      }
    }
    return bound;
  }

  private static void watch() {
    try {
      long others = 0;
      long last = 0;
      long period = PERIOD_NANOS;
      while (isNeeded()) {
        long resident = resident();
        if (isTooMuch(resident, others)) {
          giveBack();
          others = resident();
        }
        period = resident == last ? Math.min(2 * period, LONGEST_PERIOD_NANOS) : PERIOD_NANOS;
        last = resident;
        LockSupport.parkNanos(period);
      }
    } catch (IOException e) {
      // The system does not tell: it is as without a bound, and nobody asks again.
    }
  }

  /** Whether files are mapped of which too much may become resident; where not, the watch ends. */
  private static boolean isNeeded() {
    synchronized (BOUNDS) {
      if (mappedBytes <= MOST) {
        watcher = null;
      }
      return watcher != null;
    }
  }

  private static void giveBack() {
    synchronized (BOUNDS) {
      BOUNDS.forEach(bound -> bound.mapped.unload());
    }
  }

  /**
   * Whether something is to be given back.
   *
   * @param resident bytes of files
   * @param others those that stayed the last time: of the program, of an index
   */
  static boolean isTooMuch(long resident, long others) {
    return resident > Math.max(MOST, others + BESIDE);
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

  /** Ends the watch over this file: nothing of it is given back any more when it returns. */
  @Override
  public void close() {
    synchronized (BOUNDS) {
      if (BOUNDS.remove(this)) {
        mappedBytes -= mapped.byteSize();
        if (mappedBytes <= MOST) {
          LockSupport.unpark(watcher);
        }
      }
    }
  }
}
