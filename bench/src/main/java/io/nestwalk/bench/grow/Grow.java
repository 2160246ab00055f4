package io.nestwalk.bench.grow;

import io.nestwalk.types.MissingTypeException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * Makes a larger image of a real one, to measure with; {@code bench/grow} runs it. Exit codes are
 * the program's: 2 for wrong usage, 3 where IMAGE can't be read or is none, or OUT can't be written
 * or exists.
 *
 * <p>IMAGE is an ELF core of 64 bits, which may be packed with zstd; without GIB it is unpacked
 * alone. What becomes of it says {@link LargerImage}.
 */
final class Grow {

  private static final int WRONG_USAGE = 2;
  private static final int UNUSABLE = 3;
  private static final int MOST_GIB = 1 << 20;

  /** More processes than a kernel has pids for, more mappings than it allows. */
  private static final int MOST = 1 << 22;

  private static final int USUAL_MAPPINGS = 40;
  private static final List<String> OPTIONS = List.of("--processes", "--mappings", "--guests");
  private static final String USAGE =
      "usage: bench/grow IMAGE OUT [GIB [sparse]] [--processes N [--mappings N]] [--guests N]";

  private Grow() {}

  public static void main(String[] args) {
    Growth wish = wish(args);
    if (wish == null) {
      System.err.println(USAGE);
      System.exit(WRONG_USAGE);
    }
    try {
      grow(Path.of(args[0]), Path.of(args[1]), wish);
    } catch (FileAlreadyExistsException e) {
      fail(e.getFile() + " exists");
    } catch (NoSuchFileException e) {
      fail(e.getFile() + ": no such file");
    } catch (MissingTypeException | IllegalArgumentException e) {
      fail(e.getMessage());
    } catch (IOException e) {
      fail(args[0] + ": " + e.getMessage());
    }
  }

  private static void fail(String message) {
    System.err.println("grow: " + message);
    System.exit(UNUSABLE);
  }

  private static void grow(Path image, Path out, Growth wish) throws IOException {
    // A file that is there is someone's, and what is written in part is none.
    Files.createFile(out);
    try {
      LargerImage.make(image, out, wish);
    } catch (IOException | RuntimeException e) {
      Files.delete(out);
      throw e;
    }
  }

  /** What the arguments ask for, null where they are wrong. */
  private static Growth wish(String[] args) {
    if (args.length < 2) {
      return null;
    }
    int at = 2;
    double gib = 0;
    if (at < args.length && !args[at].startsWith("--")) {
      gib = number(args[at++]);
      if (!(gib > 0 && gib < MOST_GIB)) {
        return null;
      }
    }
    boolean sparse = at < args.length && args[at].equals("sparse");
    at += sparse ? 1 : 0;
    double[] counts = {0, 0, 0};
    for (; at + 1 < args.length; at += 2) {
      int option = OPTIONS.indexOf(args[at]);
      double count = number(args[at + 1]);
      if (option < 0 || !(count >= 0 && count <= MOST)) {
        return null;
      }
      counts[option] = count;
    }
    boolean adds = counts[0] > 0 || counts[2] > 0;
    if (at != args.length || ((adds || sparse) && gib == 0)) {
      return null;
    }
    int mappings = counts[1] > 0 ? (int) counts[1] : USUAL_MAPPINGS;
    return new Growth(gib, sparse, (int) counts[0], mappings, (int) counts[2]);
  }

  private static double number(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
