package io.nestwalk.cli;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.Progress;
import io.nestwalk.index.AnalysisFolder;
import io.nestwalk.index.AnalysisWork;
import io.nestwalk.index.AnalyzedImage;
import io.nestwalk.index.ImageIdentity;
import io.nestwalk.index.SearchIndex;
import io.nestwalk.output.OutputException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Opens folders that hold an analysis; what is wrong with one is the input's fault. */
final class Folders {

  private Folders() {}

  /** A folder to work in. */
  static AnalysisFolder prepare(Path folder, AnalysisFolder.Choice choice, ImageOptions image)
      throws ImageException, OutputException {
    AnalysisWork work = image.work(Progress.NONE);
    try {
      return AnalysisFolder.prepare(folder, choice, work);
    } catch (IOException e) {
      throw OutputException.of(folder, 1, 0, e);
    }
  }

  /** A folder to work in, for an image from a path of its own. */
  static AnalysisFolder prepare(
      Path folder, AnalysisFolder.Choice choice, Path image, OpeningOptions how)
      throws ImageException, OutputException {
    ImageIdentity identity = identity(image, how);
    try {
      return AnalysisFolder.prepare(folder, choice, identity, how.settings(), Nestwalk.version());
    } catch (IOException e) {
      throw OutputException.of(folder, 1, 0, e);
    }
  }

  /** Which image it is, as it lies there now. */
  static ImageIdentity identity(Path image, OpeningOptions how) throws ImageException {
    try {
      List<Path> files = MemoryImages.filesOf(image, how.open(Progress.NONE));
      return ImageIdentity.of(image, files);
    } catch (IOException e) {
      throw ImageException.unreadable(image.toString(), e);
    }
  }

  /** Whether an image is byte for byte the one that was analyzed. */
  static boolean isConfirmed(
      AnalyzedImage analyzed, ImageIdentity now, Path image, OpeningOptions how, Progress progress)
      throws ImageException {
    try {
      return analyzed.isConfirmed(
          now, MemoryImages.filesOf(image, how.open(Progress.NONE)), progress);
    } catch (IOException e) {
      throw ImageException.unreadable(image.toString(), e);
    }
  }

  /**
   * Opens the image that is worked on in a folder.
   *
   * @throws ImageException when it can't be; then no folder is left that was made for it
   */
  static Session open(AnalysisFolder folder, ImageOptions image, PrintWriter err)
      throws ImageException, IOException {
    try {
      return Session.open(image, err);
    } catch (ImageException e) {
      folder.removeIfUnused();
      throw e;
    }
  }

  /**
   * Opens the image of an analysis as it was opened then.
   *
   * @param moved where the image lies now, where the user says so
   * @param otherwise what to do when it is not found
   * @throws ImageException when it can't be, or is another by now
   */
  static Session reopen(
      AnalysisFolder folder, Optional<Path> moved, String otherwise, PrintWriter err)
      throws ImageException {
    AnalyzedImage analyzed = analyzed(folder.path());
    OpeningOptions how = new OpeningOptions();
    how.fillIn(analyzed);
    Path image = moved.isPresent() ? moved.get() : image(analyzed, otherwise);
    if (analyzed.isOther(identity(image, how))) {
      throw new ImageException(
          "folder",
          "%s: %s is no longer the image that was analyzed".formatted(folder.path(), image));
    }
    return Session.open(image, how, err);
  }

  /**
   * The finished analysis of an image as it is now: the folder that was named for it, or the one
   * beside it; empty where there is none.
   */
  static Optional<AnalysisFolder> finished(ImageOptions image) throws ImageException {
    Path folder = image.analysis().orElseGet(() -> AnalysisFolder.beside(image.given()));
    return AnalysisFolder.isCase(folder)
        ? AnalysisFolder.finished(
            folder,
            new AnalysisWork(identity(image.image(), image), image.settings(), Nestwalk.version()))
        : Optional.empty();
  }

  /** The image that a folder stands for. */
  static AnalyzedImage analyzed(Path folder) throws ImageException {
    try {
      return AnalyzedImage.of(folder);
    } catch (IOException e) {
      throw new ImageException("folder", e.getMessage(), e);
    }
  }

  /**
   * Where that image lies.
   *
   * @param otherwise what to do when it is not there
   */
  static Path image(AnalyzedImage analyzed, String otherwise) throws ImageException {
    return analyzed
        .find()
        .orElseThrow(
            () ->
                new ImageException(
                    "folder",
                    "%s: its image %s is not there, nor beside the folder; %s"
                        .formatted(analyzed.folder(), analyzed.place(), otherwise)));
  }

  /** A folder to ask. */
  static AnalysisFolder read(Path folder) throws ImageException {
    try {
      return AnalysisFolder.read(folder);
    } catch (IOException e) {
      throw new ImageException("folder", e.getMessage(), e);
    }
  }

  /** Its index. */
  static SearchIndex index(AnalysisFolder folder) throws ImageException {
    try {
      return folder.index();
    } catch (IOException e) {
      throw new ImageException("index", e.getMessage() + "; run the analysis again", e);
    }
  }
}
