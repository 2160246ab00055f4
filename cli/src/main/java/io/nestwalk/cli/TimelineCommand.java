package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import io.nestwalk.answer.Subject;
import io.nestwalk.machine.Machine;
import io.nestwalk.system.CachedFile;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.LogLine;
import io.nestwalk.system.ShellCommand;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Puts everything that has a time into one table. */
@Command(
    name = "timeline",
    description = {
      "Lists what has a time, of every machine or of one, in the order of time: starts and ends of"
          + " processes, lines of the kernel's log, times of files in memory, commands of shells.",
      "With --body it writes a body file for mactime and Plaso instead."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class TimelineCommand extends ListingCommand {

  private static final Listing LISTING =
      new Listing(
          Subject.EVENT,
          "events",
          Set.of(),
          List.of(
              Column.of("TIME", "time"),
              Column.of("MACHINE", "machine"),
              Column.of("EVENT", "event"),
              Column.of("PID", "pid"),
              Column.of("TEXT", "text")));

  @Option(names = "--body", description = "write a body file: MD5|name|inode|mode|...|times")
  private boolean body;

  private final List<String> lines = new ArrayList<>();

  @Override
  Listing listing() {
    return LISTING;
  }

  @Override
  void prepare(CommandSpec line) {
    if (body && format() != OutputFormat.TABLE) {
      throw new ParameterException(line.commandLine(), "--body has a format of its own");
    }
  }

  @Override
  void collect(Session session, Machine machine, GuestSystem system, List<ObjectNode> rows) {
    for (GuestSystem.Subject each :
        List.of(
            GuestSystem.Subject.LOG,
            GuestSystem.Subject.CACHED_FILES,
            GuestSystem.Subject.SHELL_HISTORY)) {
      if (system.unknown().contains(each)) {
        session.note(unknown(machine, each));
      }
    }
    for (GuestProcess process : system.processes()) {
      String text = process.commandLine().orElse(process.name());
      Optional<Integer> pid = Optional.of(process.pid());
      process.startTime().ifPresent(time -> add(rows, machine, time, "process-start", pid, text));
      process.endTime().ifPresent(time -> add(rows, machine, time, "process-end", pid, text));
      process.startTime().ifPresent(time -> process(machine, process, time));
      for (ShellCommand command : system.shellHistory(process)) {
        add(rows, machine, command.time(), "shell-command", pid, command.text());
      }
    }
    Optional<Instant> boot = system.facts().bootTime();
    for (LogLine line : system.log()) {
      boot.ifPresent(
          start ->
              add(rows, machine, start.plus(line.time()), "log", Optional.empty(), line.text()));
    }
    for (CachedFile file : system.cachedFiles()) {
      file(machine, file, rows);
    }
  }

  private static void add(
      List<ObjectNode> rows,
      Machine machine,
      Instant time,
      String event,
      Optional<Integer> pid,
      String text) {
    ObjectNode row = Json.object();
    row.put("time", time.toString());
    row.put("machine", machine.id());
    row.put("event", event);
    pid.ifPresent(number -> row.put("pid", number));
    row.put("text", text);
    rows.add(row);
  }

  private void file(Machine machine, CachedFile file, List<ObjectNode> rows) {
    String text = file.path().orElse("inode " + file.number());
    Optional<Integer> none = Optional.empty();
    file.modified().ifPresent(time -> add(rows, machine, time, "file-modified", none, text));
    file.changed().ifPresent(time -> add(rows, machine, time, "file-changed", none, text));
    file.accessed().ifPresent(time -> add(rows, machine, time, "file-accessed", none, text));
    lines.add(
        body(
            machine.id() + ":" + text,
            file.number(),
            "r/" + file.traits().values().getOrDefault("mode", ""),
            file.size(),
            List.of(file.accessed(), file.modified(), file.changed(), Optional.empty())));
  }

  private void process(Machine machine, GuestProcess process, Instant start) {
    lines.add(
        body(
            "%s:[process %d] %s"
                .formatted(
                    machine.id(), process.pid(), process.commandLine().orElse(process.name())),
            0,
            "",
            0,
            List.of(Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(start))));
  }

  /**
   * A line of a body file, version 3: MD5|name|inode|mode|UID|GID|size|atime|mtime|ctime|crtime.
   */
  private static String body(
      String name, long inode, String mode, long size, List<Optional<Instant>> times) {
    StringBuilder line =
        new StringBuilder(
            "0|%s|%d|%s|0|0|%d".formatted(Printable.of(name).replace('|', '/'), inode, mode, size));
    times.forEach(time -> line.append('|').append(time.map(Instant::getEpochSecond).orElse(0L)));
    return line.toString();
  }

  @Override
  List<ObjectNode> arranged(List<ObjectNode> rows) {
    List<ObjectNode> sorted = new ArrayList<>(rows);
    sorted.sort(Comparator.comparing(row -> Instant.parse(row.path("time").asText())));
    return sorted;
  }

  @Override
  boolean printTable(PrintWriter out) {
    if (body) {
      lines.forEach(out::println);
    }
    return body;
  }
}
