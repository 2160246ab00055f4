package io.nestwalk.cli;

import io.nestwalk.extract.Extraction;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** How the command line is read, and what is said when it can't be. */
final class Usage {

  /** Picocli lays nothing out below this. */
  private static final int NARROWEST = 55;

  /** Longer lines are hard to read. */
  private static final int WIDEST = 120;

  /** What picocli says where help is asked of what is no command. */
  private static final Pattern UNKNOWN_COMMAND = Pattern.compile("Unknown subcommand '(.*)'\\.");

  /** A longer word is no misspelt one. */
  private static final int LONGEST = 64;

  /** Of a list's columns, as picocli has it. */
  private static final int INDENT = 2;

  private static final Pattern END_OF_SUMMARY = Pattern.compile("[:;.] ");

  private static final Pattern LEADING = Pattern.compile("^Error: ");

  private Usage() {}

  /** Sets up a command line and its commands. */
  static void prepare(CommandLine commandLine) {
    // "@name" may be what an examiner looks for; it is no file of arguments.
    commandLine.setExpandAtFiles(false);
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    width(commandLine);
    commandLine.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, Usage::commands);
    words(commandLine, OutputFormat.class, OutputFormat.values());
    words(commandLine, CompletionCommand.Shell.class, CompletionCommand.Shell.values());
    words(commandLine, SymbolsCommand.Export.class, SymbolsCommand.Export.values());
    words(
        commandLine,
        io.nestwalk.report.ReportFormat.class,
        io.nestwalk.report.ReportFormat.values());
    words(commandLine, Extraction.Form.class, Extraction.Form.values());
    words(commandLine, io.nestwalk.index.Entry.Kind.class, io.nestwalk.index.Entry.Kind.values());
    commandLine.registerConverter(Integer.class, Usage::number);
    commandLine.registerConverter(Integer.TYPE, Usage::number);
    for (CommandLine command : commandLine.getSubcommands().values()) {
      command.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, Usage::options);
      examples(command.getCommandSpec());
    }
  }

  /** As wide as the terminal; COLUMNS says otherwise. */
  private static void width(CommandLine commandLine) {
    String columns = System.getenv("COLUMNS");
    if (columns != null && columns.matches("[0-9]{1,4}")) {
      commandLine.setUsageHelpWidth(Math.clamp(Integer.parseInt(columns), NARROWEST, WIDEST));
    } else {
      commandLine.setUsageHelpAutoWidth(true);
    }
  }

  /** What each command does, in the words before its first colon or semicolon. */
  private static String commands(Help help) {
    Map<String, String> all = Commands.summaries();
    int longest = all.keySet().stream().mapToInt(String::length).max().orElse(0);
    int names = longest + 2 * INDENT;
    Help.TextTable table =
        Help.TextTable.forColumns(
            help.colorScheme(),
            new Help.Column(names, INDENT, Help.Column.Overflow.SPAN),
            new Help.Column(
                help.commandSpec().usageMessage().width() - names,
                INDENT,
                Help.Column.Overflow.WRAP));
    table.indentWrappedLines = 0;
    all.forEach((name, first) -> table.addRowValues(name, summary(first)));
    return table.toString();
  }

  private static String summary(String first) {
    String words = END_OF_SUMMARY.split(first, 2)[0];
    return words.endsWith(".") ? words : words + ".";
  }

  private static void examples(CommandSpec command) {
    List<String> lines = Examples.of(command.name());
    if (!lines.isEmpty()) {
      command
          .usageMessage()
          .footerHeading("%nExamples:%n")
          .footer(lines.stream().map(line -> "  " + line).toArray(String[]::new));
    }
  }

  private static <T> void words(CommandLine commandLine, Class<T> type, T[] values) {
    ITypeConverter<T> converter =
        text -> {
          for (T value : values) {
            if (value.toString().equalsIgnoreCase(text)) {
              return value;
            }
          }
          throw new TypeConversionException(
              "'%s' is none of %s"
                  .formatted(
                      Printable.of(text),
                      Stream.of(values).map(Object::toString).collect(Collectors.joining(", "))));
        };
    commandLine.registerConverter(type, converter);
  }

  private static Integer number(String text) {
    try {
      return Integer.decode(text);
    } catch (NumberFormatException e) {
      throw new TypeConversionException("'%s' is not a number".formatted(Printable.of(text)));
    }
  }

  /** What an option is about; help lists options by that. */
  enum Group {
    /** The command's own question and answer. */
    OWN("Options"),
    /** How several images are worked on. */
    SEVERAL("Several images"),
    /** How an image is read. */
    INPUT("How the image is read");

    private final String heading;

    Group(String heading) {
      this.heading = heading;
    }

    /** What stands above such options. */
    String heading() {
      return heading;
    }

    static Group of(OptionSpec option) {
      if (!(option.userObject() instanceof Field field)) {
        return OWN;
      }
      Class<?> declaring = field.getDeclaringClass();
      return declaring == SeveralOptions.class
          ? SEVERAL
          : declaring == OpeningOptions.class || declaring == ImageOptions.class ? INPUT : OWN;
    }
  }

  /** A command's own options, and apart from them what all such commands have. */
  private static String options(Help help) {
    Map<Group, List<OptionSpec>> byGroup = new EnumMap<>(Group.class);
    for (OptionSpec option : help.commandSpec().options()) {
      byGroup.computeIfAbsent(Group.of(option), _ -> new ArrayList<>()).add(option);
    }
    StringBuilder text = new StringBuilder();
    byGroup.forEach(
        (group, options) -> {
          if (group != Group.OWN) {
            text.append("%n%s:%n".formatted(group.heading()));
          }
          text.append(help.optionListExcludingGroups(options));
        });
    return text.toString();
  }

  /** One line about a command line that can't be read, with what was meant and where help is. */
  static String complaint(ParameterException e) {
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    String text = LEADING.matcher(Nestwalk.firstLine(e)).replaceFirst("");
    Matcher helpless = UNKNOWN_COMMAND.matcher(text);
    if (helpless.matches()) {
      text =
          "'%s' is no command%s"
              .formatted(
                  Printable.of(helpless.group(1)),
                  meant(helpless.group(1), e.getCommandLine().getSubcommands().keySet()));
    }
    if (e instanceof UnmatchedArgumentException unmatched && !unmatched.getUnmatched().isEmpty()) {
      String first = unmatched.getUnmatched().getFirst();
      text = unmatched(e, first, unmatched);
    }
    return "%s; %s --help says more".formatted(text, command);
  }

  private static String unmatched(
      ParameterException e, String first, UnmatchedArgumentException unmatched) {
    boolean top = e.getCommandLine().getParent() == null;
    String what =
        unmatched.isUnknownOption() ? "no option" : top ? "no command" : "more than was expected";
    CommandLine line = e.getCommandLine();
    String meant =
        unmatched.isUnknownOption()
            ? meant(first.split("=", 2)[0], line.getCommandSpec().optionsMap().keySet())
            : top ? meant(first, line.getSubcommands().keySet()) : "";
    boolean oneWord =
        !unmatched.isUnknownOption()
            && e.getCommandLine().getCommandSpec().mixins().values().stream()
                .anyMatch(mixin -> mixin.userObject() instanceof ImageWord);
    return "'%s' is %s%s"
        .formatted(
            Printable.of(first),
            what,
            oneWord ? "; a pattern in quotes stands for several images" : meant);
  }

  /** A question after what was meant; nothing where no word is near. */
  private static String meant(String word, Collection<String> known) {
    List<String> near = word.length() > LONGEST ? List.of() : Nearest.of(word, known);
    return near.isEmpty() ? "" : "; did you mean " + String.join(" or ", near) + "?";
  }
}
