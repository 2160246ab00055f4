package io.nestwalk.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * Writes the texts that a package brings beside the program: a manual page for the program and for
 * every command (man(7), section 1), and completion scripts for shells.
 *
 * <p>{@code java -cp nestwalk-cli.jar io.nestwalk.cli.ManPages FOLDER} makes {@code man/man1} and
 * {@code completions} in it.
 */
public final class ManPages {

  private ManPages() {}

  /** Writes them into the folder that the first argument names. */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    Path pages = Files.createDirectories(folder.resolve("man/man1"));
    for (Map.Entry<String, String> page : all().entrySet()) {
      Files.writeString(pages.resolve(page.getKey() + ".1"), page.getValue());
    }
    Path completions = Files.createDirectories(folder.resolve("completions"));
    for (CompletionCommand.Shell shell : CompletionCommand.Shell.values()) {
      Files.writeString(
          completions.resolve("nestwalk." + shell),
          CompletionCommand.script(shell),
          StandardCharsets.UTF_8);
    }
  }

  /** The pages by their names: {@code nestwalk}, {@code nestwalk-ps} ... */
  static Map<String, String> all() {
    CommandLine whole = Nestwalk.whole();
    List<CommandLine> commands = new ArrayList<>(List.of(whole));
    commands.addAll(whole.getSubcommands().values());
    return commands.stream()
        .collect(
            Collectors.toMap(each -> each.getCommandSpec().qualifiedName("-"), each -> page(each)));
  }

  private static String page(CommandLine line) {
    CommandSpec command = line.getCommandSpec();
    UsageMessageSpec usage = command.usageMessage();
    String name = command.qualifiedName("-");
    StringBuilder page = new StringBuilder();
    page.append(".TH \"%s\" 1 \"\" \"nestwalk %s\"\n".formatted(upper(name), Nestwalk.version()));
    section(page, "NAME");
    page.append(text(name)).append(" \\- ").append(text(summary(usage))).append('\n');
    section(page, "SYNOPSIS");
    String synopsis =
        line.getHelp()
            .synopsis(0)
            .strip()
            .lines()
            .map(String::strip)
            .collect(Collectors.joining(" "));
    page.append(text(Ansi.OFF.string(synopsis))).append('\n');
    section(page, "DESCRIPTION");
    for (String paragraph : usage.description()) {
      page.append(paragraph.isEmpty() ? "" : ".PP\n" + text(paragraph.stripTrailing()) + "\n");
    }
    if (!command.subcommands().isEmpty()) {
      section(page, "COMMANDS");
      command
          .subcommands()
          .forEach(
              (key, each) ->
                  tagged(
                      page,
                      "\\fBnestwalk\\-" + text(key) + "\\fP(1)",
                      summary(each.getCommandSpec().usageMessage())));
    }
    arguments(page, command);
    for (Usage.Group group : Usage.Group.values()) {
      List<OptionSpec> options =
          command.options().stream()
              .filter(each -> Usage.Group.of(each) == group)
              .filter(each -> !each.hidden())
              .toList();
      if (!options.isEmpty()) {
        section(page, group.heading().toUpperCase(Locale.ROOT));
        options.forEach(each -> tagged(page, names(each), description(each)));
      }
    }
    if (!Examples.of(command.name()).isEmpty()) {
      section(page, "EXAMPLES");
      page.append(".nf\n");
      Examples.of(command.name()).forEach(each -> page.append(text(each)).append('\n'));
      page.append(".fi\n");
    }
    section(page, "EXIT STATUS");
    CommandSpec root = command.root();
    root.usageMessage().exitCodeList().forEach((code, meaning) -> tagged(page, code, meaning));
    section(page, "SEE ALSO");
    page.append(command.parent() == null ? ".BR nestwalk\\-help (1)\n" : ".BR nestwalk (1)\n");
    return page.toString();
  }

  private static void arguments(StringBuilder page, CommandSpec command) {
    if (!command.positionalParameters().isEmpty()) {
      section(page, "ARGUMENTS");
      for (PositionalParamSpec each : command.positionalParameters()) {
        tagged(page, "\\fI" + text(each.paramLabel()) + "\\fP", description(each));
      }
    }
  }

  private static String names(OptionSpec option) {
    String names =
        Arrays.stream(option.names())
            .map(each -> "\\fB" + text(each) + "\\fP")
            .collect(Collectors.joining(", "));
    return option.arity().max() == 0 ? names : names + " \\fI" + text(option.paramLabel()) + "\\fP";
  }

  private static String description(ArgSpec argument) {
    return String.join(" ", argument.description())
        .replace("${DEFAULT-VALUE}", String.valueOf(argument.defaultValueString(true)))
        .replace("%%", "%")
        .strip();
  }

  /** The first sentence of what a command is for. */
  private static String summary(UsageMessageSpec usage) {
    String[] lines = usage.description();
    String first = lines.length == 0 ? "" : lines[0].strip();
    int end = first.indexOf(". ");
    String sentence = end < 0 ? first : first.substring(0, end);
    return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
  }

  private static void section(StringBuilder page, String title) {
    page.append(".SH ").append(title).append('\n');
  }

  /** A paragraph behind a tag, which is roff already. */
  private static void tagged(StringBuilder page, String tag, String text) {
    page.append(".TP\n").append(tag).append('\n').append(text(text)).append('\n');
  }

  /** Text that roff takes for text. */
  private static String text(String text) {
    String escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("\n", " ");
    boolean request = escaped.startsWith(".") || escaped.startsWith("'");
    return request ? "\\&" + escaped : escaped;
  }

  private static String upper(String text) {
    return text.toUpperCase(java.util.Locale.ROOT);
  }
}
