package io.nestwalk.cli;

import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs the commands that people give most, one after the other in one JVM, on images whose answers
 * nobody reads: from what it loads, links and runs, the JVM makes the cache with which every later
 * run starts.
 *
 * <p>{@code java -cp nestwalk-cli.jar io.nestwalk.cli.Rehearsal FOLDER KIND IMAGE...}; without
 * arguments help alone. The folder is made, and stays. A class in a cache costs every run that
 * starts from it, so commands have caches by kind: {@code start} for help and the version, {@code
 * question} for what is asked most about an image, {@code list} for what lists something else of
 * it, {@code json} for the most frequent answered in that form, {@code work} for what makes a
 * folder of {@code analyze} and for {@code find}, {@code search} for what is asked about the folder
 * that {@code work} left in FOLDER; {@code all} is one for all. Each system whose images people
 * have needs an image here: what reads it is not in the cache otherwise.
 */
public final class Rehearsal {

  /** An address that is mapped or not: both print an answer. */
  private static final String ADDRESS = "0x100000";

  /** What every system of the usual kinds has: the first process of Linux, that of Windows. */
  private static final List<String> FIRST_PROCESSES = List.of("1", "4");

  private static final List<String> MOST_ASKED = List.of("info", "machines", "ps");

  /** What lists something of an image that is asked for less often. */
  private static final List<String> LISTS =
      List.of(
          "modules",
          "lsof",
          "netstat",
          "env",
          "mounts",
          "namespaces",
          "bpf",
          "dmesg",
          "files",
          "bash",
          "check",
          "malfind",
          "timeline");

  private Rehearsal() {}

  /** Runs them; what one of them fails with is no one's concern. */
  public static void main(String[] args) {
    Nestwalk.settle();
    for (String option : List.of("--help", "--version")) {
      run(List.of(option));
    }
    if (args.length < 3) {
      return;
    }
    String folder = Path.of(args[0]).resolve("case").toString();
    commandLines(args[1], folder, List.of(args).subList(2, args.length)).forEach(Rehearsal::run);
  }

  /**
   * What is run, in this order.
   *
   * @param kind one of those above
   * @param folder is made by {@code analyze}
   * @param images the first one is analyzed
   */
  static List<List<String>> commandLines(String kind, String folder, List<String> images) {
    List<List<String>> lines = new ArrayList<>();
    boolean all = kind.equals("all");
    if (all || kind.equals("work")) {
      lines.add(List.of("analyze", images.getFirst(), "-o", folder));
      lines.add(List.of("find", images.getFirst(), "--text", "rehearsal"));
    }
    for (String image : images) {
      // What is said about an image that was seen before is what is asked most.
      if (all || kind.equals("question")) {
        MOST_ASKED.forEach(command -> lines.add(List.of(command, image)));
        FIRST_PROCESSES.forEach(pid -> lines.add(List.of("maps", image, "--pid", pid)));
        lines.add(List.of("translate", image, ADDRESS));
        lines.add(List.of("translate", image, "--kernel", ADDRESS));
        lines.add(List.of("translate", image, "--machine", "vm1", "--physical", ADDRESS));
        lines.add(List.of("translate", image, "--machine", "vm1", "--kernel", ADDRESS));
        lines.add(List.of("read", image, ADDRESS, "64", "--physical"));
      }
      if (all || kind.equals("list")) {
        LISTS.forEach(command -> lines.add(List.of(command, image)));
      }
      if (all || kind.equals("json")) {
        MOST_ASKED.forEach(command -> lines.add(List.of(command, image, "--format", "json")));
        lines.add(List.of("translate", image, ADDRESS, "--format", "json"));
      }
    }
    if (all || kind.equals("search")) {
      lines.add(List.of("search", folder, "hpa:" + ADDRESS));
      lines.add(List.of("search", folder, "kind:process"));
      lines.add(List.of("search", folder, "kind:process", "--format", "json"));
    }
    return lines;
  }

  private static void run(List<String> line) {
    String[] args = line.toArray(String[]::new);
    PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
    if (Commands.asksMore(args)) {
      EarlyLinking.begin(args);
    }
    Nestwalk.run(nowhere, nowhere, args);
  }
}
