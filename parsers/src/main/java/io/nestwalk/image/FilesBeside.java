package io.nestwalk.image;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/** The files in the folder of another one, among which what belongs to it may be. */
public final class FilesBeside {

  /** In a folder with more files than this, only so many are looked at. */
  private static final int MAX_FILES = 1000;

  private FilesBeside() {}

  /**
   * Regular files in the folder of {@code file}, without that file itself, in the order of their
   * names; none where the folder may not be listed, or the image is no file.
   */
  public static List<Path> of(ImageFile file, Predicate<Path> wanted) {
    return file.path().map(path -> of(path, wanted)).orElse(List.of());
  }

  private static List<Path> of(Path path, Predicate<Path> wanted) {
    Path folder = path.toAbsolutePath().getParent();
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      int seen = 0;
      for (Path file : files) {
        if (++seen > MAX_FILES) {
          break;
        }
        if (!file.equals(path.toAbsolutePath()) && Files.isRegularFile(file) && wanted.test(file)) {
          found.add(file);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      return List.of();
    }
    found.sort(Comparator.naturalOrder());
    return found;
  }
}
