package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.Progress;
import io.nestwalk.index.AnalysisFolder;
import io.nestwalk.index.ImageIdentity;
import io.nestwalk.index.SearchIndex;
import io.nestwalk.output.OutputException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;

/** Opens folders that hold an analysis; what is wrong with one is the input's fault. */
final class Folders {

  private Folders() {}

  /** A folder to work in. */
  static AnalysisFolder prepare(Path folder, AnalysisFolder.Choice choice, ImageOptions image)
      throws ImageException, OutputException {
    ImageIdentity identity;
    try {
      List<Path> files = MemoryImages.filesOf(image.image(), image.open(Progress.NONE));
      identity = ImageIdentity.of(image.image(), files);
    } catch (IOException e) {
      throw ImageException.unreadable(image.image().toString(), e);
    }
    try {
      ObjectNode settings = image.settings();
      return AnalysisFolder.prepare(folder, choice, identity, settings, Nestwalk.version());
    } catch (IOException e) {
      throw OutputException.of(folder, 1, 0, e);
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
