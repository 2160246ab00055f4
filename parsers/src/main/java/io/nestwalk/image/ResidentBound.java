package io.nestwalk.image;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Keeps small how much of mapped files the system counts as this process's resident memory. A byte
 * that is read makes the whole piece of the system's cache resident in which it lies: of a file
 * that was written in one go 2 MiB, so that some thousand reads all over an image look like as many
 * gigabytes. So the pieces are counted that are read for the first time; before there can be too
 * much of them the system is asked what is resident, and where that is much all is given back. What
 * is needed again is in the system's cache still, but to make it resident again takes time: files
 * may have what is left of {@link #TOTAL}.
 *
 * <p>Two threads may read a piece each that is not counted while another gives back: that is all
 * that there can be more. On systems other than Linux nothing is given back.
 */
final class ResidentBound {

  /** What one read can make resident at most: 1 shifted by that. */
  static final int PIECE_SHIFT = pieceShift();

  /** Of all files that this process has mapped. */
  static final ResidentBound OF_PROCESS = new ResidentBound(ResidentBound::ofProcess);

  /** So many bytes of the process may be resident, as long as files have more than their least. */
  static final long TOTAL = 768L << 20;

  /** So many bytes of files may be resident, the program's own among them, whatever else is. */
  static final long OF_FILES = 320L << 20;

  /** So much is read before the system is asked again, whatever is resident beside it. */
  static final long LEAST = 128L << 20;

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String FILES = "RssFile:";
  private static final String OTHERS = "RssAnon:";
  private static final int STATUS_BYTES = 8192;

  private final Supplier<Resident> resident;
  private final List<MappedBytes> files = new ArrayList<>();

  /** So many pieces may be read for the first time before the system is asked. */
  private long left = LEAST >>> PIECE_SHIFT;

  /**
   * A bound.
   *
   * @param resident tells what is resident, or {@link Resident#UNKNOWN}
   */
  ResidentBound(Supplier<Resident> resident) {
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
    Resident there = resident.get();
    if (there.left() < LEAST) {
      files.forEach(MappedBytes::giveBack);
      there = resident.get();
    }
    files.forEach(MappedBytes::forget);
    return Math.max(there.left(), LEAST) >>> PIECE_SHIFT;
  }

  /**
   * What is resident of this process.
   *
   * @param files bytes of files
   * @param others bytes that are no file's
   */
  record Resident(long files, long others) {

    /** The answer of a system that does not tell it. */
    static final Resident UNKNOWN = new Resident(-1, -1);

    /** How many bytes of files may become resident; negative where too many are. */
    long left() {
      return files < 0 ? Long.MAX_VALUE : Math.max(OF_FILES, TOTAL - others) - files;
    }
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

  private static Resident ofProcess() {
    // Not by a channel, which an interrupted thread would close.
    try (RandomAccessFile file = new RandomAccessFile(STATUS.toFile(), "r")) {
      byte[] bytes = new byte[STATUS_BYTES];
      int length = Math.max(0, file.read(bytes));
      String status = new String(bytes, 0, length, StandardCharsets.US_ASCII);
      long files = bytesOf(status, FILES);
      return files < 0 ? Resident.UNKNOWN : new Resident(files, bytesOf(status, OTHERS));
    } catch (IOException e) {
      return Resident.UNKNOWN;
    }
  }

  /** What a line of the status says in KiB, in bytes; negative when there is none. */
  private static long bytesOf(String status, String name) {
    int at = status.indexOf(name);
    if (at < 0) {
      return -1;
    }
    long kilobytes = 0;
    for (int i = at + name.length(); i < status.length() && status.charAt(i) != '\n'; i++) {
      char digit = status.charAt(i);
      if (digit >= '0' && digit <= '9') {
        kilobytes = kilobytes * 10 + (digit - '0');
      }
    }
    return kilobytes << 10;
  }
}
