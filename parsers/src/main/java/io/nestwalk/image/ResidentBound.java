package io.nestwalk.image;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Keeps small how much of mapped files the system counts as this process's resident memory. A byte
 * that is read makes the whole piece of the system's cache resident in which it lies: of a file
 * that was written in one go 2 MiB, so that some thousand reads all over an image look like as many
 * gigabytes. So the pieces are counted that are read for the first time; before there can be too
 * much of them the system is asked what is resident, and where that is much all is given back. What
 * is needed again is in the system's cache still.
 *
 * <p>Two threads may read a piece each that is not counted while another gives back: that is all
 * that there can be more. On systems other than Linux nothing is given back.
 */
final class ResidentBound {

  /** What one read can make resident at most: 1 shifted by that. */
  static final int PIECE_SHIFT = pieceShift();

  /** Of all files that this process has mapped. */
  static final ResidentBound OF_PROCESS = new ResidentBound(ResidentBound::residentFiles);

  /** The answer of a system that does not tell what is resident. */
  static final long UNKNOWN = -1;

  /** So many bytes of files may be resident, the program's own among them. */
  static final long MOST = 320L << 20;

  /** So much is read before the system is asked again, whatever is resident beside it. */
  static final long LEAST = 128L << 20;

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String RESIDENT = "RssFile:";
  private static final int STATUS_BYTES = 8192;

  private final LongSupplier resident;
  private final List<MappedBytes> files = new ArrayList<>();

  /** So many pieces may be read for the first time before the system is asked. */
  private long left = LEAST >>> PIECE_SHIFT;

  /**
   * A bound.
   *
   * @param resident tells how many bytes of files are resident, or {@link #UNKNOWN}
   */
  ResidentBound(LongSupplier resident) {
    this.resident = resident;
  }

  /** Begins to count what is read of a file. */
  synchronized void add(MappedBytes file) {
    files.add(file);
  }

  /** Nothing of this file is given back any more when it returns. */
  synchronized void remove(MappedBytes file) {
    files.remove(file);
  }

  /** Counts a piece of a file that is about to be read and was not since all were forgotten. */
  synchronized void count(MappedBytes file, int piece) {
    if (left == 0) {
      left = more();
    }
    left--;
    file.mark(piece);
  }

  /** How many pieces may be read now; gives back what is resident where these would be few. */
  private long more() {
    long there = resident.getAsLong();
    if (there > MOST - LEAST) {
      files.forEach(MappedBytes::giveBack);
      there = resident.getAsLong();
    }
    files.forEach(MappedBytes::forget);
    return there == UNKNOWN ? Long.MAX_VALUE : Math.max(MOST - there, LEAST) >>> PIECE_SHIFT;
  }

  /** No folio of the page cache is mapped beyond the memory that one entry of a PMD stands for. */
  private static int pieceShift() {
    final int least = 21;
    final int most = 25;
    try {
      Path size = Path.of("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size");
      long bytes = Long.parseLong(Files.readString(size, StandardCharsets.US_ASCII).strip());
      return Math.clamp(Long.SIZE - 1 - Long.numberOfLeadingZeros(bytes), least, most);
    } catch (IOException | NumberFormatException e) {
      return least;
    }
  }

  /** Resident bytes of files, those of the program among them. */
  private static long residentFiles() {
    // Not by a channel, which an interrupted thread would close.
    try (RandomAccessFile file = new RandomAccessFile(STATUS.toFile(), "r")) {
      byte[] bytes = new byte[STATUS_BYTES];
      int length = Math.max(0, file.read(bytes));
      String status = new String(bytes, 0, length, StandardCharsets.US_ASCII);
      int at = status.indexOf(RESIDENT);
      if (at < 0) {
        return UNKNOWN;
      }
      long kilobytes = 0;
      for (int i = at + RESIDENT.length(); i < length && bytes[i] != '\n'; i++) {
        if (bytes[i] >= '0' && bytes[i] <= '9') {
          kilobytes = kilobytes * 10 + (bytes[i] - '0');
        }
      }
      return kilobytes << 10;
    } catch (IOException e) {
      return UNKNOWN;
    }
  }
}
