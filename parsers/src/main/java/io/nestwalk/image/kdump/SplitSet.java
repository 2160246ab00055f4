package io.nestwalk.image.kdump;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.wording.Count;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The other files of a dump that makedumpfile split. They are known by their headers, not by their
 * names, and looked for in the folder of the one that was given.
 */
final class SplitSet {

  /** A folder with more files than this is not looked through to its end. */
  private static final int MAX_FILES_IN_FOLDER = 1000;

  private SplitSet() {}

  /**
   * Completes a set.
   *
   * @param file the file that was given; it adopts the others
   * @param given what was read of it
   * @param warnings is told what is missing
   * @return the given one first, then the others by their first page
   */
  static List<KdumpFile> complete(ImageFile file, KdumpFile given, List<String> warnings) {
    List<KdumpFile> others = new ArrayList<>();
    for (Path path : file.path().map(SplitSet::neighbours).orElse(List.of())) {
      ImageFile candidate = null;
      boolean taken = false;
      try {
        candidate = ImageFile.map(path, path.toString(), "");
        KdumpFile part = KdumpFormat.read(candidate, new ArrayList<>());
        taken = part.header().belongsWith(given.header()) && isNew(part, given, others);
        if (taken) {
          others.add(part);
          file.adopt(candidate);
        }
      } catch (ImageException e) {
        // Some other file.
      } finally {
        if (candidate != null && !taken) {
          candidate.close();
        }
      }
    }
    others.sort(Comparator.comparingLong(part -> part.header().firstPage()));
    List<KdumpFile> all = new ArrayList<>();
    all.add(given);
    all.addAll(others);
    tell(all, warnings);
    return all;
  }

  /** Whether the part is about pages that no other one is about. */
  private static boolean isNew(KdumpFile part, KdumpFile given, List<KdumpFile> others) {
    return !overlaps(part, given) && others.stream().noneMatch(other -> overlaps(part, other));
  }

  private static boolean overlaps(KdumpFile a, KdumpFile b) {
    return a.header().firstPage() == b.header().firstPage()
        || (a.header().firstPage() < b.header().endPage()
            && b.header().firstPage() < a.header().endPage());
  }

  private static void tell(List<KdumpFile> files, List<String> warnings) {
    PageBitmap dumped = files.getFirst().dumped();
    long covered = 0;
    for (KdumpFile file : files) {
      covered += dumped.rank(file.header().endPage()) - dumped.rank(file.header().firstPage());
    }
    long missing = dumped.rank(dumped.pages()) - covered;
    warnings.add(
        "one of a set of files; %s"
            .formatted(
                files.size() == 1
                    ? "no other one is in its folder"
                    : "read with "
                        + files.stream()
                            .skip(1)
                            .map(part -> Path.of(part.content().name()).getFileName().toString())
                            .collect(Collectors.joining(", "))));
    if (missing > 0) {
      warnings.add(
          Count.of(missing, "page", "is", "are") + " in files of the set that are not there");
    }
  }

  private static List<Path> neighbours(Path given) {
    List<Path> paths = new ArrayList<>();
    Path folder = given.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      return paths;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path path : files) {
        if (paths.size() == MAX_FILES_IN_FOLDER) {
          break;
        }
        if (Files.isRegularFile(path) && !isSame(path, given)) {
          paths.add(path);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      // As if there were none; what is missing is told.
      return List.of();
    }
    paths.sort(Comparator.naturalOrder());
    return paths;
  }

  private static boolean isSame(Path a, Path b) {
    try {
      return Files.isSameFile(a, b);
    } catch (IOException e) {
      return false;
    }
  }
}
