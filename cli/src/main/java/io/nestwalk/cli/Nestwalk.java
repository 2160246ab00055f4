package io.nestwalk.cli;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.NoSuchSnapshotException;
import io.nestwalk.image.Providers;
import io.nestwalk.output.OutputException;
import io.nestwalk.session.NotFoundException;
import java.io.BufferedOutputStream;
import java.io.BufferedWriter;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOError;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionStrategy;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The program: the top command, under which the others hang. */
@Command(
    name = Nestwalk.NAME,
    description = {
      "Analyzes memory images of machines that run virtual machines: finds the page-table roots of"
          + " every layer and translates through them.",
      ""
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false,
    versionProvider = Nestwalk.Version.class,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:a fault in the program",
      "2:wrong usage",
      "3:the input can't be read or isn't supported, or the output can't be written (a full disk)",
      "4:what was asked for was not found, or the address is not mapped",
      "several images:1, 2 or 3 where it is so of any, 4 where it is so of all"
    },
    exitCodeOnSuccess = ExitCode.DONE,
    exitCodeOnInvalidInput = ExitCode.USAGE,
    exitCodeOnExecutionException = ExitCode.FAULT)
public final class Nestwalk implements Runnable {

  /** What the program is called. */
  static final String NAME = "nestwalk";

  /** Set by the launcher when stdout is a terminal: its width. */
  private static final String COLUMNS = "nestwalk.columns";

  /** Set by the launcher when stdout is a terminal: its height. */
  private static final String LINES = "nestwalk.lines";

  /** Set by the launcher when stderr is a terminal. */
  static final String TERMINAL = "nestwalk.terminal";

  static final String NO_PAGER = "--no-pager";

  /** What goes on after it has said something, and {@code -}, which may be a terminal's answers. */
  private static final Set<String> AT_ONCE =
      Set.of(NO_PAGER, "analyze", "serve", "gdb", "-", "ndjson", "--format=ndjson");

  @Spec private CommandSpec spec;

  @Option(
      names = {"-v", "--verbose"},
      scope = ScopeType.INHERIT,
      description = "say more: what was tried and why it failed")
  private boolean verbose;

  @Option(
      names = NO_PAGER,
      scope = ScopeType.INHERIT,
      description = "on a terminal too, show long answers without a pager")
  @SuppressWarnings("UnusedVariable") // where output goes is decided before options are parsed
  private boolean noPager;

  /** Runs the program and ends the process with its exit code. */
  public static void main(String[] args) {
    settle();
    if (Commands.asksMore(args)) {
      EarlyLinking.begin(args);
    }
    OutputStream stdout = new StandardOutput(new FileOutputStream(FileDescriptor.out));
    System.setOut(new PrintStream(new BufferedOutputStream(stdout), false, System.out.charset()));
    Optional<Pager> pager = pager(args);
    Writer messages = new OutputStreamWriter(System.err, System.err.charset());
    if (pager.isPresent() && Boolean.getBoolean(TERMINAL)) {
      messages = new PagedMessages(messages, pager.get());
    }
    int code = run(output(pager), new PrintWriter(messages, true), args);
    // To exit, the JVM loads what may log it, which takes longer than to end by itself.
    if (code != ExitCode.DONE || Thread.activeCount() > 1) {
      System.exit(code);
    }
  }

  /** Has libraries, and what finds formats and systems, leave out what a start has no need of. */
  static void settle() {
    // Picocli looks through all jars for Groovy's closures otherwise, and loads types of dates.
    System.setProperty("picocli.disable.closures", "true");
    System.setProperty("picocli.converters.excludes", "java[.](sql|time)[.].*");
    if (!System.getProperty("java.class.path").contains(File.pathSeparator)) {
      System.setProperty(Providers.ALONE, "true");
    }
  }

  private static Writer plainOutput() {
    return new BufferedWriter(new OutputStreamWriter(System.out, System.out.charset()));
  }

  /** The pager, where stdout is a terminal of known size and the user has and wants one. */
  private static Optional<Pager> pager(String... args) {
    int columns = Integer.getInteger(COLUMNS, 0);
    int lines = Integer.getInteger(LINES, 0);
    return columns < 1 || lines < 2 || Stream.of(args).anyMatch(AT_ONCE::contains)
        ? Optional.empty()
        : Pager.wanted(System.getenv())
            .map(command -> new Pager(plainOutput(), command, lines, columns));
  }

  /** Stdout; the launcher tells how wide it is when it is a terminal. */
  private static PrintWriter output(Optional<Pager> pager) {
    Writer out = pager.isPresent() ? pager.get() : plainOutput();
    Integer columns = Integer.getInteger(COLUMNS);
    if (columns == null || columns < 1) {
      return new PrintWriter(out, false);
    }
    String refused = System.getenv("NO_COLOR");
    boolean plain = (refused != null && !refused.isEmpty()) || "dumb".equals(System.getenv("TERM"));
    return new TerminalWriter(out, columns, !plain);
  }

  /** The command line with every command, for what tells of them. */
  static CommandLine whole() {
    CommandLine commandLine = annotated();
    Usage.prepare(commandLine);
    return commandLine;
  }

  /** Runs the program on the given streams and returns its exit code. */
  public static int run(PrintWriter out, PrintWriter err, String... args) {
    return execute(out, err, new ManyImages(out, err, List.of(args))::execute, args);
  }

  /** Runs the program with a way of its own to execute the command. */
  static int execute(
      PrintWriter out, PrintWriter err, IExecutionStrategy strategy, String... args) {
    Optional<CommandLine> recorded = Commands.named(args).flatMap(RecordedCommands::with);
    if (recorded.isEmpty()) {
      return execute(annotated(args), out, err, strategy, args);
    }
    return execute(
        recorded.get(),
        out,
        err,
        parsed ->
            asksForHelp(parsed)
                ? execute(annotated(args), out, err, strategy, args)
                : strategy.execute(parsed),
        args);
  }

  private static CommandLine annotated(String... args) {
    CommandLine commandLine = new CommandLine(new Nestwalk());
    Commands.addNeeded(commandLine, args);
    return commandLine;
  }

  /** Whether a command line asks for help or the version, before or after the command. */
  static boolean asksForHelp(ParseResult parsed) {
    return parsed.asCommandLineList().stream()
        .anyMatch(each -> each.isUsageHelpRequested() || each.isVersionHelpRequested());
  }

  private static int execute(
      CommandLine commandLine,
      PrintWriter out,
      PrintWriter err,
      IExecutionStrategy strategy,
      String... args) {
    Nestwalk program = (Nestwalk) commandLine.getCommandSpec().userObject();
    Usage.prepare(commandLine);
    commandLine.setOut(out);
    commandLine.setErr(err);
    commandLine.setExecutionStrategy(strategy);
    commandLine.setParameterExceptionHandler((e, rest) -> refuse(err, e));
    commandLine.setExecutionExceptionHandler((e, command, rest) -> fail(err, e, program.verbose));
    int code;
    try {
      code = commandLine.execute(args);
    } catch (InternalError | IOError e) {
      // A page of a mapped file that can no longer be read: the file was cut under our hands.
      err.println("nestwalk: the image changed or can't be read any more: " + e.getMessage());
      code = ExitCode.INPUT;
    } catch (ServiceConfigurationError e) {
      err.println("nestwalk: a jar of NESTWALK_PLUGINS does not fit: " + e.getMessage());
      code = ExitCode.INPUT;
    } catch (OutOfMemoryError e) {
      err.println(
          "nestwalk: needs more memory than the %s it may use; NESTWALK_JAVA_OPTS=-Xmx2g allows more"
              .formatted(Sizes.of(Runtime.getRuntime().maxMemory())));
      code = ExitCode.INPUT;
    }
    try {
      out.flush();
      if (out instanceof TerminalWriter terminal) {
        terminal.end();
      }
    } catch (StandardOutput.LostException e) {
      // What is left of an answer that was cut already fails once more.
      code = code == ExitCode.DONE || code == ExitCode.NOT_FOUND ? lost(err, e) : code;
    }
    err.flush();
    return code;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given");
  }

  private static int refuse(PrintWriter err, ParameterException e) {
    err.println("nestwalk: " + Usage.complaint(e));
    return ExitCode.USAGE;
  }

  private static int lost(PrintWriter err, StandardOutput.LostException e) {
    if (e.isReaderGone()) {
      return ExitCode.DONE;
    }
    Messages.error(err, e.getMessage());
    return ExitCode.INPUT;
  }

  private static int fail(PrintWriter err, Exception e, boolean verbose) {
    if (e instanceof StandardOutput.LostException lost) {
      return lost(err, lost);
    }
    String spelt = e instanceof ImageException image ? Spelling.of(image) : "";
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    Messages.error(err, message.strip() + spelt);
    int code =
        switch (e) {
          case NoSuchSnapshotException _ -> ExitCode.NOT_FOUND;
          case ImageException _, OutputException _ -> ExitCode.INPUT;
          case NotFoundException _ -> ExitCode.NOT_FOUND;
          default -> ExitCode.FAULT;
        };
    if (code == ExitCode.FAULT && verbose) {
      e.printStackTrace(err);
    }
    return code;
  }

  /** Whether the user asked for more, before or after the command. */
  boolean isVerbose() {
    return verbose;
  }

  static String firstLine(Exception e) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    return message.lines().findFirst().orElse("");
  }

  /** The version from the jar's manifest. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"nestwalk " + version()};
    }
  }

  /** The program's version; in words when it does not run from its jar. */
  static String version() {
    String version = Nestwalk.class.getPackage().getImplementationVersion();
    return version == null ? "(not packaged)" : version;
  }
}
