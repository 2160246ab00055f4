package io.nestwalk.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints what a shell needs to complete command lines. */
@Command(
    name = "completion",
    description = {
      "Prints a script with which a shell completes commands, options and their values: one for"
          + " bash, zsh or fish."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class CompletionCommand implements Callable<Integer> {

  /** The shells that are known. */
  enum Shell {
    /** Bash, 4 and later. */
    BASH,
    /** Zsh, through its emulation of bash's completion. */
    ZSH,
    /** Fish. */
    FISH;

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "SHELL", description = "bash, zsh or fish")
  private Shell shell;

  @Override
  public Integer call() {
    spec.commandLine().getOut().print(script(shell));
    return ExitCode.DONE;
  }

  /** The script for a shell; the same for the same version of the program. */
  static String script(Shell shell) {
    CommandLine whole = Nestwalk.whole();
    return switch (shell) {
      // For zsh it switches bash's completion on itself.
      case BASH, ZSH -> BashCompletion.of(whole);
      case FISH -> FishCompletion.of(whole);
    };
  }
}
