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
   * @param done how much is done, in bytes
   * @param total how much there is, or 0 where that is not known
   */
  void advanced(String stage, long done, long total);

  /**
   * Work has advanced that is counted in things, not in bytes.
   *
   * @param stage what is being done, in a word or two
   * @param done how many are done
   * @param total how many there are, or 0 where that is not known
   * @param things what they are: "processes"
   */
  default void counted(String stage, long done, long total, String things) {
    advanced(stage, done, total);
  }
}
