package io.nestwalk.cli;

/** The exit codes that scripts rely on. */
public final class ExitCode {
  /** Done. */
  public static final int DONE = 0;

  /** A fault in the program. */
  public static final int FAULT = 1;

  /** Wrong usage. */
  public static final int USAGE = 2;

  /** The input can't be read or isn't supported, or the output can't be written. */
  public static final int INPUT = 3;

  /** What was asked for was not found, or the address is not mapped. */
  public static final int NOT_FOUND = 4;

  private ExitCode() {}
}
