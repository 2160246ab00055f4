package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.image.ImageException;
import io.nestwalk.index.AnalysisFolder;
import io.nestwalk.index.ImageIdentity;
import io.nestwalk.index.SearchIndex;
import java.io.IOException;
import java.nio.file.Path;

/** Opens folders that hold an analysis; what is wrong with one is the input's fault. */
final class Folders {

  private Folders() {}

  /** A folder to work in. */
  static AnalysisFolder prepare(Path folder, ImageOptions image) throws ImageException {
    ImageIdentity identity;
    try {
      identity = ImageIdentity.of(image.image());
    } catch (java.nio.file.NoSuchFileException e) {
      throw new ImageException(image.image().toString(), "no such file", e);
    } catch (IOException e) {
      throw new ImageException(image.image().toString(), "can't be read: " + e.getMessage(), e);
    }
    try {
      ObjectNode settings = image.settings();
      return AnalysisFolder.prepare(folder, identity, settings, Nestwalk.version());
    } catch (IOException e) {
      throw new ImageException("output folder", e.toString(), e);
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
