package io.nestwalk.cli;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.PatternSyntaxException;
import picocli.CommandLine.Option;

/** How several images are named and worked on. */
final class SeveralOptions {

  /** What analyses are named by; such a folder beside images is none. */
  private static final String ANALYSIS = ".nestwalk";

  @Option(
      names = "--each",
      description = "a folder is no image in parts: each file in it is an image of its own")
  private boolean each;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      description = "work on so many images at the same time (default: ${DEFAULT-VALUE})")
  private int jobs = 1;

  @Option(
      names = "--resume",
      paramLabel = "FILE",
      description =
          "keep in FILE what each image answers; run again with it, those that are answered there"
              + " and unchanged are not read again")
  private Path resume;

  /** How many are worked on at the same time. */
  int jobs() {
    return jobs;
  }

  /** The file that keeps answers. */
  Optional<Path> resume() {
    return Optional.ofNullable(resume);
  }

  /** Whether the user's words may mean several images, or ask for what is done with several. */
  boolean mayBeSeveral(List<Path> named) {
    return named.size() > 1
        || each
        || resume != null
        || named.stream().anyMatch(SeveralOptions::isPattern);
  }

  /**
   * All of them: patterns and folders in the order of names, each image once.
   *
   * @param isOne whether something in a folder is what the command works on
   */
  List<Path> all(List<Path> named, Predicate<Path> isOne) {
    Set<Path> all = new LinkedHashSet<>();
    for (Path path : named) {
      List<Path> found = List.of();
      if (isPattern(path)) {
        found = listed(parent(path), path.getFileName().toString(), isOne);
      } else if (each && Files.isDirectory(path)) {
        found = listed(path, "*", isOne);
      }
      // To open what was named says what is wrong with it.
      all.addAll(found.isEmpty() ? List.of(path) : found);
    }
    return List.copyOf(all);
  }

  /** Whether it is no analysis of an image beside it, which stands for the same. */
  static boolean isImage(Path path) {
    String name = path.getFileName().toString();
    return !name.endsWith(ANALYSIS)
        || !Files.exists(path.resolveSibling(name.substring(0, name.length() - ANALYSIS.length())));
  }

  /** A file of that very name is meant before any that the name matches as a pattern. */
  private static boolean isPattern(Path path) {
    return path.getFileName() != null
        && path.getFileName().toString().matches(".*[*?\\[{].*")
        && !Files.exists(path);
  }

  private static Path parent(Path path) {
    return path.getParent() == null ? Path.of("") : path.getParent();
  }

  /** What is in a folder, files and folders of parts; nothing where it can't be read. */
  private static List<Path> listed(Path folder, String pattern, Predicate<Path> isOne) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, pattern)) {
      for (Path path : stream) {
        boolean isNamed = pattern.endsWith(ANALYSIS);
        if (!path.getFileName().toString().startsWith(".") && (isNamed || isOne.test(path))) {
          found.add(path);
        }
      }
    } catch (IOException | DirectoryIteratorException | PatternSyntaxException e) {
      return List.of();
    }
    Collections.sort(found);
    return found;
  }
}
