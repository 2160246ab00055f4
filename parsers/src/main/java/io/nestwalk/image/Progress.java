package io.nestwalk.image;

/** Is told how far long work has come; may be called from several threads. */
@FunctionalInterface
public interface Progress {

  /** Shows nothing. */
  Progress NONE = (stage, done, total) -> {};

  /**
   * Work has advanced.
   *
   * @param stage what is being done, in a word or two
   * @param done how much is done, in bytes or whatever the stage counts
   * @param total how much there is, or 0 where that is not known
   */
  void advanced(String stage, long done, long total);
}
