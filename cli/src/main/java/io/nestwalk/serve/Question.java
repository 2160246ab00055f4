package io.nestwalk.serve;

import io.nestwalk.answer.Answer;
import java.util.Set;

/**
 * Something that can be asked of a case.
 *
 * @param parameters the names that it understands, beside those of pages and formats
 * @param heavy whether it reads all of the image, so that one at a time is enough
 * @param how it is answered
 */
record Question(Set<String> parameters, boolean heavy, How how) {

  /** Answers. */
  @FunctionalInterface
  interface How {
    /** The whole answer; pages are cut from it. */
    Answer of(ServedCase asked, Parameters parameters) throws Exception;
  }

  static Question of(How how, String... parameters) {
    return new Question(Set.of(parameters), false, how);
  }

  static Question heavy(How how, String... parameters) {
    return new Question(Set.of(parameters), true, how);
  }
}
