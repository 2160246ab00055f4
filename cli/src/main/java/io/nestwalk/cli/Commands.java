package io.nestwalk.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The commands in the order in which help lists them. To look at one's options takes time, so a
 * command line that names a command gets that one alone.
 */
final class Commands {

  /** The command that needs an index alone. */
  static final String SEARCH = "search";

  private static final String HELP = "help";

  private static final List<Named> ALL =
      List.of(
          new Named("analyze", AnalyzeCommand.class),
          new Named("index", IndexCommand.class),
          new Named(SEARCH, SearchCommand.class),
          new Named("find", FindCommand.class),
          new Named("yara", YaraCommand.class),
          new Named("extract", ExtractCommand.class),
          new Named("report", ReportCommand.class),
          new Named("serve", ServeCommand.class),
          new Named("gdb", GdbCommand.class),
          new Named("info", InfoCommand.class),
          new Named("machines", MachinesCommand.class),
          new Named("translate", TranslateCommand.class),
          new Named("second-level", SecondLevelCommand.class),
          new Named("shared", SharedCommand.class),
          new Named("control", ControlCommand.class),
          new Named("read", ReadCommand.class),
          new Named("ps", PsCommand.class),
          new Named("maps", MapsCommand.class),
          new Named("dmesg", DmesgCommand.class),
          new Named("modules", ModulesCommand.class),
          new Named("lsof", LsofCommand.class),
          new Named("netstat", NetstatCommand.class),
          new Named("env", EnvCommand.class),
          new Named("mounts", MountsCommand.class),
          new Named("namespaces", NamespacesCommand.class),
          new Named("bpf", BpfCommand.class),
          new Named("symbols", SymbolsCommand.class),
          new Named("check", CheckCommand.class),
          new Named("malfind", MalfindCommand.class),
          new Named("files", FilesCommand.class),
          new Named("dump", DumpCommand.class),
          new Named("bash", BashCommand.class),
          new Named("timeline", TimelineCommand.class),
          new Named("diff", DiffCommand.class),
          new Named("schema", SchemaCommand.class),
          new Named("completion", CompletionCommand.class),
          new Named(HELP, CommandLine.HelpCommand.class));

  /** What asks for the version and for nothing else. */
  private static final List<String> VERSION = List.of("--version", "-V");

  /** What asks for the list of commands, which needs none of their options. */
  private static final List<String> LIST = List.of("--help", "-h");

  private Commands() {}

  /** Whether arguments ask for more than the version or the list of commands. */
  static boolean asksMore(String... args) {
    return args.length > 1;
  }

  /** Adds the command that the arguments name, or all where they name none. */
  static void addNeeded(CommandLine top, String... args) {
    if (args.length == 1 && VERSION.contains(args[0])) {
      return;
    }
    if (args.length == 1 && LIST.contains(args[0])) {
      of(HELP).ifPresent(help -> help.addTo(top));
      return;
    }
    Optional<Named> named = named(args).flatMap(Commands::of);
    if (args.length == 2 && args[0].equals(HELP) && of(args[1]).isPresent()) {
      ALL.stream()
          .filter(each -> each.name.equals(HELP) || each.name.equals(args[1]))
          .forEach(each -> each.addTo(top));
      return;
    }
    named.map(List::of).orElse(ALL).forEach(each -> each.addTo(top));
  }

  /** The command that arguments name, if it is one of the program's own. */
  static Optional<String> named(String... args) {
    return Stream.of(args)
        .filter(arg -> !arg.startsWith("-"))
        .findFirst()
        .filter(arg -> !arg.equals(HELP) && of(arg).isPresent());
  }

  private static Optional<Named> of(String name) {
    return ALL.stream().filter(each -> each.name.equals(name)).findFirst();
  }

  /** What each command does, in the few words that its annotation begins with, by its name. */
  static Map<String, String> summaries() {
    Map<String, String> all = new LinkedHashMap<>();
    for (Named each : ALL) {
      Command annotation = each.command.getAnnotation(Command.class);
      String[] header = annotation.header();
      all.put(each.name, header.length > 0 ? header[0] : annotation.description()[0]);
    }
    return all;
  }

  /**
   * A command under its name.
   *
   * @param command its class and not its constructor: a JVM 25 that is to keep lambdas of that kind
   *     in its cache of linked classes ends before the cache is written
   */
  private record Named(String name, Class<?> command) {
    void addTo(CommandLine top) {
      top.addSubcommand(name, command);
    }
  }
}
