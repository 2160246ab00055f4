package io.nestwalk.image.ewf;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The files of an image: .E01, .E02 to .E99, then .EAA to .ZZZ; SMART's begin with .s01. */
final class Segment {

  private static final byte[] MAGIC = "EVF\t\r\n\u00ff\0".getBytes(StandardCharsets.ISO_8859_1);

  /** Behind the magic stands a one, then the number of the file. */
  private static final int NUMBER_OFFSET = 9;

  /** Where the sections begin. */
  static final int HEADER = 13;

  private static final int LAST_BY_DIGITS = 99;
  private static final int LETTERS = 26;

  /** The most that names can be given to, from E to Z. */
  private static final int MAX_SEGMENTS = LAST_BY_DIGITS + 22 * LETTERS * LETTERS;

  private Segment() {}

  static boolean hasMagic(ImageFile file) {
    return file.startsWith(0, MAGIC) && file.holds(0, HEADER);
  }

  /** The number in a file's header, from 1 on. */
  static int number(ImageFile file) throws ImageException {
    return file.shortAt(NUMBER_OFFSET);
  }

  /**
   * The files behind the first one, as far as they are there without a gap; each is closed with the
   * first.
   */
  static List<ImageFile> after(ImageFile first, List<String> warnings) throws ImageException {
    List<ImageFile> files = new ArrayList<>();
    String name = first.shortName();
    int dot = name.lastIndexOf('.');
    // What came out of an archive has no file beside it, nor has what is no file.
    if (dot < 0
        || name.length() - dot != 4
        || !first.container().isEmpty()
        || first.path().isEmpty()) {
      return files;
    }
    for (int number = 2; number <= MAX_SEGMENTS; number++) {
      Path path =
          first
              .path()
              .get()
              .resolveSibling(name.substring(0, dot + 1) + suffix(name.substring(dot + 1), number));
      try {
        if (!Files.isRegularFile(path) || Files.size(path) == 0) {
          break;
        }
      } catch (IOException e) {
        break;
      }
      ImageFile file = ImageFile.map(path, path.toString(), "");
      first.adopt(file);
      if (!hasMagic(file) || number(file) != number) {
        warnings.add(
            "%s is not the part %d of the image; it and what follows is not read"
                .formatted(path.getFileName(), number));
        break;
      }
      files.add(file);
    }
    return files;
  }

  /** The suffix of a further file, in the case of the first one's. */
  static String suffix(String first, int number) {
    char letter = first.charAt(0);
    if (number <= LAST_BY_DIGITS) {
      return "%c%02d".formatted(letter, number);
    }
    int count = number - LAST_BY_DIGITS - 1;
    char last = (char) ('A' + count % LETTERS);
    char middle = (char) ('A' + count / LETTERS % LETTERS);
    char head = (char) (Character.toUpperCase(letter) + count / (LETTERS * LETTERS));
    String suffix = "" + head + middle + last;
    return Character.isLowerCase(letter) ? suffix.toLowerCase(Locale.ROOT) : suffix;
  }
}
