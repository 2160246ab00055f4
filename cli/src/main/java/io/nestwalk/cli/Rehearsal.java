package io.nestwalk.cli;

import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs the commands that people give most, one after the other in one JVM, on an image whose
 * answers nobody reads: from what it loads, links and runs, the JVM makes the cache with which
 * every later run starts.
 *
 * <p>{@code java -cp nestwalk-cli.jar io.nestwalk.cli.Rehearsal IMAGE FOLDER}; without arguments
 * help alone. The folder is made, and stays.
 */
public final class Rehearsal {

  /** An address that is mapped or not: both print an answer. */
  private static final String ADDRESS = "0x100000";

  private Rehearsal() {}

  /** Runs them; what one of them fails with is no one's concern. */
  public static void main(String[] args) {
    for (String option : List.of("--help", "--version")) {
      run(option);
    }
    if (args.length < 2) {
      return;
    }
    String image = args[0];
    String folder = Path.of(args[1]).resolve("case").toString();
    run("analyze", image, "-o", folder);
    // What is said about an image that was seen before is what is asked most.
    for (String command : List.of("info", "machines", "ps")) {
      run(command, image);
      run(command, image, "--format", "json");
    }
    run("maps", image, "--pid", "1");
    run("translate", image, ADDRESS);
    run("translate", image, "--machine", "vm1", "--physical", ADDRESS);
    run("translate", image, "--machine", "vm1", "--kernel", ADDRESS);
    run("read", image, "--physical", ADDRESS);
    run("search", folder, "hpa:" + ADDRESS);
    run("search", folder, "kind:process");
    run("find", image, "--text", "rehearsal");
  }

  private static void run(String... args) {
    PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
    Nestwalk.run(nowhere, nowhere, args);
  }
}
