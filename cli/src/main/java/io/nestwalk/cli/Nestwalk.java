package io.nestwalk.cli;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program: the top command, under which the others hang. */
@Command(
    name = "nestwalk",
    description = "Analyzes memory images of machines that run virtual machines.",
    mixinStandardHelpOptions = true,
    versionProvider = Nestwalk.Version.class,
    exitCodeOnSuccess = ExitCode.DONE,
    exitCodeOnInvalidInput = ExitCode.USAGE,
    exitCodeOnExecutionException = ExitCode.FAULT)
public final class Nestwalk implements Runnable {
  @Spec private CommandSpec spec;

  /** Runs the program and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(
        run(
            new PrintWriter(System.out, true, System.out.charset()),
            new PrintWriter(System.err, true, System.err.charset()),
            args));
  }

  /** Runs the program on the given streams and returns its exit code. */
  public static int run(PrintWriter out, PrintWriter err, String... args) {
    CommandLine commandLine = new CommandLine(new Nestwalk());
    commandLine.setOut(out);
    commandLine.setErr(err);
    commandLine.setParameterExceptionHandler((e, rest) -> refuse(err, e, ExitCode.USAGE));
    commandLine.setExecutionExceptionHandler((e, command, rest) -> refuse(err, e, ExitCode.FAULT));
    int code = commandLine.execute(args);
    out.flush();
    err.flush();
    return code;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given; --help lists them");
  }

  private static int refuse(PrintWriter err, Exception e, int code) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    err.println("nestwalk: " + message.lines().findFirst().orElse(""));
    return code;
  }

  /** The version from the jar's manifest. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Nestwalk.class.getPackage().getImplementationVersion();
      return new String[] {"nestwalk " + (version == null ? "(not packaged)" : version)};
    }
  }
}
