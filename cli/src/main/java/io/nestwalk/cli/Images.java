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
import java.util.Set;
import java.util.regex.PatternSyntaxException;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The images that a command works on, one after the other; see {@link ManyImages}. */
final class Images extends ImageOptions {

  /** What analyses are named by; such a folder beside images is none. */
  private static final String ANALYSIS = ".nestwalk";

  @Parameters(
      index = "0..*",
      arity = "1..*",
      paramLabel = "IMAGE",
      converter = GivenName.class,
      description =
          "the dump: a file, a compressed file or archive that holds one, or the folder or first"
              + " file of one that was split; several, or a pattern (\"*.raw\"), are answered one"
              + " after the other"
              + CASE_TOO)
  private List<Path> given = List.of();

  @Option(
      names = "--each",
      description = "a folder is no image in parts: each file in it is an image of its own")
  private boolean each;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      description = "work on so many images at the same time (default: ${DEFAULT-VALUE})")
  private int jobs = 1;

  private Path only;

  /** The only one, or the one that is worked on now. */
  @Override
  Path given() {
    return only == null ? given.getFirst() : only;
  }

  /** How many are worked on at the same time. */
  int jobs() {
    return jobs;
  }

  /** Chooses one of several. */
  void take(Path image) {
    only = image;
  }

  @Override
  boolean isOneOfSeveral() {
    return only != null;
  }

  /** Whether the user's words may mean several images. */
  boolean mayBeSeveral() {
    return given.size() > 1 || each || given.stream().anyMatch(Images::isPattern);
  }

  /** All of them: patterns and folders in the order of names, each image once. */
  List<Path> all() {
    Set<Path> all = new LinkedHashSet<>();
    for (Path path : given) {
      if (isPattern(path)) {
        List<Path> found = listed(parent(path), path.getFileName().toString());
        all.addAll(found.isEmpty() ? List.of(path) : found);
      } else if (each && Files.isDirectory(path)) {
        List<Path> found = listed(path, "*");
        all.addAll(found.isEmpty() ? List.of(path) : found);
      } else {
        all.add(path);
      }
    }
    return List.copyOf(all);
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

  /** The files and folders of parts in a folder; none where it can't be read. */
  private List<Path> listed(Path folder, String pattern) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, pattern)) {
      for (Path path : stream) {
        String name = path.getFileName().toString();
        if (!name.startsWith(".") && !name.endsWith(ANALYSIS)) {
          found.add(path);
        }
      }
    } catch (IOException | DirectoryIteratorException | PatternSyntaxException e) {
      return List.of(); // to open what was named says what is wrong
    }
    Collections.sort(found);
    return found;
  }
}
