package io.nestwalk.cli;

import io.nestwalk.image.ImageException;
import io.nestwalk.index.AnalysisFolder;
import io.nestwalk.index.ImageIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The folders of analyses that are asked, and what they are asked. */
final class Cases implements Several {

  @Parameters(
      index = "0",
      paramLabel = "DIR",
      converter = ImageOptions.GivenName.class,
      description =
          "the folder; several, a pattern in quotes, or with --each a folder of such folders, are"
              + " asked one after the other")
  private Path folder;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "QUERY",
      description =
          "the query; several words are one query. Words before the last that name folders are"
              + " more of these")
  private List<String> words = List.of();

  @Mixin private SeveralOptions how;

  private Path only;

  /** How many of the words name folders: never the last one. */
  private int folders() {
    int count = 0;
    while (count < words.size() - 1 && isFolder(words.get(count))) {
      count++;
    }
    return count;
  }

  private static boolean isFolder(String word) {
    try {
      return !word.isEmpty() && Files.isDirectory(Path.of(word));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  @Override
  public String asked() {
    return String.join(" ", words.subList(folders(), words.size()));
  }

  /** The folder that is asked now. */
  Path folder() {
    return only == null ? folder : only;
  }

  @Override
  public List<Path> named() {
    return Stream.concat(Stream.of(folder), words.stream().limit(folders()).map(Path::of)).toList();
  }

  @Override
  public List<Path> all() {
    return how.all(named(), AnalysisFolder::isCase);
  }

  @Override
  public SeveralOptions how() {
    return how;
  }

  @Override
  public void take(Path image) {
    only = image;
  }

  @Override
  public String identity(Path image) throws ImageException {
    try {
      return ImageIdentity.of(image, List.of(image.resolve(AnalysisFolder.MANIFEST))).toString();
    } catch (IOException e) {
      throw ImageException.unreadable(image.toString(), e);
    }
  }
}
