package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.AnswerSchemas;
import io.nestwalk.answer.Json;
import io.nestwalk.session.NotFoundException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the schema of an answer. */
@Command(
    name = "schema",
    description = {
      "Prints the JSON Schema of a command's answer, or of what folders and reports hold; without a"
          + " name, the names that there are.",
      ""
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class SchemaCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "NAME",
      description = "such as ps, maps, machines, search, report, report-line")
  private String name;

  @Option(names = "--several", description = "of the answer about several images")
  private boolean several;

  @Override
  public Integer call() throws NotFoundException {
    if (name == null) {
      AnswerSchemas.names().forEach(spec.commandLine().getOut()::println);
      return ExitCode.DONE;
    }
    ObjectNode schema =
        (several ? AnswerSchemas.ofSeveralImages(name) : AnswerSchemas.named(name))
            .orElseThrow(
                () ->
                    new NotFoundException(
                        "no schema '%s'%s; there are: %s"
                            .formatted(
                                name,
                                several ? " of a list" : "",
                                String.join(", ", AnswerSchemas.names()))));
    spec.commandLine().getOut().println(Json.pretty(schema));
    return ExitCode.DONE;
  }
}
