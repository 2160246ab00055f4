package io.nestwalk.index;

import io.nestwalk.output.OutputException;
import io.nestwalk.output.PendingFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The names of the files that were written into a case folder, one a line in a file of the folder.
 * A name is noted before its file is made. Nothing else is ever replaced or removed.
 */
final class WrittenNames {

  /** The list's own name. */
  static final String NAME = ".nestwalk-written";

  /** A list that was forged names nothing outside of the places where we write. */
  private static final Pattern ALLOWED =
      Pattern.compile("(manifest\\.json|report\\.html|(index|index\\.building|reports)/[\\w.-]+)");

  /** Far more than a case has; longer lists are not ours. */
  private static final long MOST_BYTES = 64L << 20;

  private final Path folder;
  private final Set<String> names = new LinkedHashSet<>();

  private WrittenNames(Path folder) {
    this.folder = folder;
  }

  /** The list of a folder; an empty one where there is none. */
  static WrittenNames read(Path folder) throws IOException {
    WrittenNames written = new WrittenNames(folder);
    Path file = folder.resolve(NAME);
    if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      if (Files.size(file) > MOST_BYTES) {
        throw new OutputException(file, "is too long for a list of what was written");
      }
      String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
      // The last line of a killed process may be cut: its file was not made.
      text.substring(0, text.lastIndexOf('\n') + 1)
          .lines()
          .filter(WrittenNames::isAllowed)
          .forEach(written.names::add);
      if (!text.isEmpty() && !text.endsWith("\n")) {
        written.save();
      }
    } else {
      written.save();
    }
    return written;
  }

  private static boolean isAllowed(String name) {
    return ALLOWED.matcher(name).matches() && !name.endsWith("/.") && !name.endsWith("/..");
  }

  /** Whether a file of that name was written by us. */
  boolean has(String name) {
    return names.contains(name);
  }

  /**
   * Notes a name before its file is made.
   *
   * @throws OutputException when there is such a file already, and it is not ours
   */
  void add(String name) throws IOException {
    if (names.contains(name)) {
      return;
    }
    if (!isAllowed(name)) {
      throw new IllegalArgumentException("no name of a case's file: " + name);
    }
    Path file = folder.resolve(name);
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new OutputException(
          file, "was not written by this program and is in its way; move it elsewhere");
    }
    Path list = folder.resolve(NAME);
    try (FileChannel out =
        FileChannel.open(
            list, StandardOpenOption.WRITE, StandardOpenOption.APPEND, LinkOption.NOFOLLOW_LINKS)) {
      ByteBuffer line = ByteBuffer.wrap((name + "\n").getBytes(StandardCharsets.UTF_8));
      while (line.hasRemaining()) {
        out.write(line);
      }
    } catch (IOException e) {
      throw OutputException.of(list, name.length() + 1L, 0, e);
    }
    names.add(name);
  }

  /** Deletes the written files whose names begin so, and folders that are empty then. */
  void delete(String prefix) throws IOException {
    for (String name : List.copyOf(names)) {
      if (name.startsWith(prefix)) {
        Path file = folder.resolve(name);
        if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          Files.delete(file);
        }
        names.remove(name);
        Path within = file.getParent();
        if (!within.equals(folder)) {
          deleteIfEmpty(within);
        }
      }
    }
    save();
  }

  /** A folder of ours goes when nothing of the user's is in it. */
  static void deleteIfEmpty(Path folder) throws IOException {
    if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      try {
        Files.delete(folder);
      } catch (DirectoryNotEmptyException e) {
        // What is left is the user's.
      }
    }
  }

  /** Writes the list anew, as a whole, with the names whose files are there. */
  void save() throws IOException {
    names.removeIf(name -> !Files.exists(folder.resolve(name), LinkOption.NOFOLLOW_LINKS));
    try (PendingFile file = PendingFile.of(folder.resolve(NAME))) {
      for (String name : names) {
        file.stream().write((name + "\n").getBytes(StandardCharsets.UTF_8));
      }
      file.complete(true);
    }
  }
}
