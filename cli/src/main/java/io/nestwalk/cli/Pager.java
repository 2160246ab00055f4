package io.nestwalk.cli;

import java.io.BufferedWriter;
import java.io.File;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Writes to a terminal, by way of a pager as soon as it is more than a screen holds. What fits on
 * the screen starts no other program.
 */
final class Pager extends Writer {

  /** Those who want no pager say so by this, too. */
  private static final Set<String> NONE = Set.of("", "cat");

  /** In the order in which they are asked. */
  private static final String[] VARIABLES = {"NESTWALK_PAGER", "PAGER"};

  private static final String USUAL = "less";

  /** For less, where the user has no wishes: end on one screen, keep colours, leave the text. */
  private static final Map<String, String> LESS = Map.of("LESS", "FRX");

  private final Writer terminal;
  private final String command;
  private final int lines;
  private final int columns;
  private final StringBuilder held = new StringBuilder();
  private int height;
  private int column;
  private Process process;
  private Writer to;

  /**
   * For a terminal.
   *
   * @param terminal what is written to as long as it is little
   * @param command the pager, as a shell takes it
   * @param lines how many the screen holds
   * @param columns the screen's width
   */
  Pager(Writer terminal, String command, int lines, int columns) {
    this.terminal = terminal;
    this.command = command;
    this.lines = lines;
    this.columns = columns;
  }

  /**
   * The pager that the user wants and has.
   *
   * @param environment the user's
   */
  static Optional<String> wanted(Map<String, String> environment) {
    String command =
        Stream.of(VARIABLES)
            .map(environment::get)
            .filter(value -> value != null)
            .findFirst()
            .orElse(USUAL)
            .strip();
    return NONE.contains(command) || !isThere(command.split("\\s", 2)[0], environment)
        ? Optional.empty()
        : Optional.of(command);
  }

  /** A pager that can't be started would take the answer with it. */
  private static boolean isThere(String program, Map<String, String> environment) {
    Stream<Path> places =
        program.contains(File.separator)
            ? Stream.of(Path.of(program))
            : Stream.of(environment.getOrDefault("PATH", "").split(File.pathSeparator, -1))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, program));
    return places.anyMatch(file -> Files.isRegularFile(file) && Files.isExecutable(file));
  }

  /** Whether a pager shows what is written. */
  synchronized boolean isRunning() {
    return to != null;
  }

  @Override
  public synchronized void write(char[] text, int offset, int length) throws IOException {
    if (to != null) {
      to.write(text, offset, length);
      return;
    }
    held.append(text, offset, length);
    for (int i = offset; i < offset + length; i++) {
      if (text[i] == '\n') {
        height++;
        column = 0;
      } else if (++column > columns) {
        height++;
        column = 1;
      }
    }
    // The prompt needs a line.
    if (height >= lines) {
      start();
    }
  }

  private void start() throws IOException {
    ProcessBuilder builder = new ProcessBuilder("sh", "-c", command);
    LESS.forEach(builder.environment()::putIfAbsent);
    builder.redirectOutput(ProcessBuilder.Redirect.INHERIT);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    try {
      process = builder.start();
      // Ctrl-C must not give the terminal back to the shell while the pager still reads from it.
      Runtime.getRuntime().addShutdownHook(new Thread(this::endQuietly, "pager"));
      to =
          new BufferedWriter(
              new OutputStreamWriter(
                  new StandardOutput(new Pipe(process.getOutputStream())), StandardCharsets.UTF_8));
    } catch (IOException e) {
      to = terminal;
    }
    to.append(held);
    held.setLength(0);
  }

  /** However the pager has gone: it has seen enough. */
  private static final class Pipe extends FilterOutputStream {

    Pipe(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        out.write(bytes, offset, length);
      } catch (IOException e) {
        throw new IOException("Broken pipe", e);
      }
    }

    @Override
    public void flush() throws IOException {
      try {
        out.flush();
      } catch (IOException e) {
        throw new IOException("Broken pipe", e);
      }
    }
  }

  /** What is held back waits for the end, or for more than fits. */
  @Override
  public synchronized void flush() throws IOException {
    if (to != null) {
      to.flush();
    }
  }

  /** Shows what was held back, or waits until the user has done with the pager. */
  @Override
  public void close() throws IOException {
    Process running;
    synchronized (this) {
      if (to == null) {
        terminal.append(held);
        held.setLength(0);
      }
      running = process;
    }
    try {
      synchronized (this) {
        (to == null ? terminal : to).flush();
      }
    } finally {
      if (running != null) {
        await(running);
      }
    }
  }

  private static void await(Process running) {
    try {
      running.getOutputStream().close();
    } catch (IOException e) {
      // It has gone before.
    }
    boolean interrupted = false;
    while (running.isAlive()) {
      try {
        running.waitFor();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void endQuietly() {
    if (process != null && process.isAlive()) {
      await(process);
    }
  }
}
