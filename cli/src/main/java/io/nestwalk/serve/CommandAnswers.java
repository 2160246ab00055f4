package io.nestwalk.serve;

import io.nestwalk.answer.Answer;
import io.nestwalk.session.NotFoundException;
import java.util.Map;

/** Answers as the program's commands give them about an image that is open already. */
@FunctionalInterface
public interface CommandAnswers {

  /**
   * Runs a command.
   *
   * @param command its name
   * @param options by their names; a switch has no value, which is ""
   * @throws NotFoundException when what the options name is not there
   * @throws IllegalArgumentException when an option's value can't be read
   * @throws Exception when the image can't be read
   */
  Answer of(String command, Map<String, String> options) throws Exception;
}
