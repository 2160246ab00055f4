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
 * <p>{@code java -cp nestwalk-cli.jar io.nestwalk.cli.Rehearsal IMAGE FOLDER [KIND]}; without
 * arguments help alone. The folder is made, and stays. A class in a cache costs every run that
 * starts from it, so commands have caches by kind: {@code start} for help and the version, {@code
 * question} for what is asked about an image, {@code json} for the same answered in that form,
 * {@code work} for what makes a folder of {@code analyze} and for {@code find}, {@code search} for
 * what is asked about the folder that {@code work} left in FOLDER; without a kind there is one for
 * all.
 */
public final class Rehearsal {

  /** An address that is mapped or not: both print an answer. */
  private static final String ADDRESS = "0x100000";

  private final String image;
  private final String folder;
  private final String kind;

  private Rehearsal(String image, String folder, String kind) {
    this.image = image;
    this.folder = folder;
    this.kind = kind;
  }

  /** Runs them; what one of them fails with is no one's concern. */
  public static void main(String[] args) {
    for (String option : List.of("--help", "--version")) {
      run(option);
    }
    if (args.length < 2) {
      return;
    }
    String folder = Path.of(args[1]).resolve("case").toString();
    new Rehearsal(args[0], folder, args.length < 3 ? "" : args[2]).run();
  }

  private void run() {
    if (is("work")) {
      run("analyze", image, "-o", folder);
      run("find", image, "--text", "rehearsal");
    }
    if (is("question")) {
      question();
    }
    if (is("json")) {
      for (String command : List.of("info", "machines", "ps")) {
        run(command, image, "--format", "json");
      }
      run("translate", image, ADDRESS, "--format", "json");
    }
    if (is("search")) {
      run("search", folder, "hpa:" + ADDRESS);
      run("search", folder, "kind:process");
      run("search", folder, "kind:process", "--format", "json");
    }
  }

  private boolean is(String asked) {
    return kind.isEmpty() || kind.equals(asked);
  }

  /** What is said about an image that was seen before is what is asked most. */
  private void question() {
    for (String command : List.of("info", "machines", "ps")) {
      run(command, image);
    }
    run("maps", image, "--pid", "1");
    run("translate", image, ADDRESS);
    run("translate", image, "--kernel", ADDRESS);
    run("translate", image, "--machine", "vm1", "--physical", ADDRESS);
    run("translate", image, "--machine", "vm1", "--kernel", ADDRESS);
    run("read", image, ADDRESS, "64", "--physical");
  }

  private static void run(String... args) {
    PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
    if (Commands.asksMore(args)) {
      EarlyLinking.begin(args);
    }
    Nestwalk.run(nowhere, nowhere, args);
  }
}
