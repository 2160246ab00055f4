package io.nestwalk.cli;

import io.nestwalk.answer.Answer;
import io.nestwalk.serve.CommandAnswers;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Runs commands about an image that is open, for their answers.
 *
 * @param session of the image, which the commands borrow
 */
record CommandLineAnswers(Session session) implements CommandAnswers {

  /** Stands where the image is named; nothing of that name is opened. */
  private static final String NAME = "(open)";

  @Override
  public Answer of(String name, Map<String, String> options) throws Exception {
    List<String> args = new ArrayList<>(List.of(name));
    options.forEach(
        (option, value) -> args.add("--" + option + (value.isEmpty() ? "" : "=" + value)));
    args.addAll(List.of("--format=json", "--", NAME));
    CommandLine top = new CommandLine(new Nestwalk());
    Commands.addNeeded(top, name);
    Usage.prepare(top);
    try {
      ParseResult command = top.parseArgs(args.toArray(String[]::new)).subcommand();
      ImageOutput output = new ImageOutput(false);
      CommandLine line = command.commandSpec().commandLine();
      line.setOut(output);
      line.setErr(new PrintWriter(Writer.nullWriter()));
      command.commandSpec().mixins().values().stream()
          .map(each -> each.userObject())
          .filter(ImageOptions.class::isInstance)
          .map(ImageOptions.class::cast)
          .forEach(each -> each.borrow(session));
      ((Callable<?>) command.commandSpec().userObject()).call();
      return output.answer();
    } catch (ParameterException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }
}
