package io.nestwalk.cli;

import io.nestwalk.image.ImageException;
import java.nio.file.Path;
import java.util.List;

/** What a user's words name, one image or several; see {@link ManyImages}. */
interface Several {

  /** What was named: files, folders and patterns. */
  List<Path> named();

  /** What that stands for, one by one. */
  List<Path> all();

  /** How several are worked on. */
  SeveralOptions how();

  /** Chooses one of several, to be worked on now. */
  void take(Path image);

  /**
   * What tells an image from another, and from itself when it was changed.
   *
   * @throws ImageException when it can't be read
   */
  String identity(Path image) throws ImageException;

  /** What is asked of them, as far as it stands among the words that name them. */
  default String asked() {
    return "";
  }
}
