package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.InjectionAnswer;
import io.nestwalk.answer.Subject;
import io.nestwalk.machine.Machine;
import io.nestwalk.memory.Layer;
import io.nestwalk.session.NotFoundException;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestMapping.Flag;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Looks for injected code. */
@Command(
    name = "malfind",
    description = {
      "Lists memory of processes that may hold injected code: executable memory that no file backs"
          + " or that is writable too, and pages of a program's or library's code that the process"
          + " has a changed copy of. The first bytes that are not zero are shown, of changed code"
          + " those from the first difference to the file on.",
      "Programs that compile as they run (Java, browsers) have such memory as well."
    },
    mixinStandardHelpOptions = true)
final class MalfindCommand extends ListingCommand {

  private static final int PAGE = 1 << 12;
  private static final int SHOWN = 32;

  private static final Listing LISTING =
      new Listing(
          Subject.INJECTION,
          "mappings",
          GuestSystem.Subject.MAPPINGS,
          List.of(
              Column.of("MACHINE", "machine"),
              Column.of("PID", "pid"),
              Column.of("PROCESS", "process"),
              Column.of("ADDRESS", "address"),
              Column.of("RIGHTS", "permissions"),
              Column.of("REASON", "reason"),
              Column.of("BYTES", "bytes"),
              Column.of("PATH", "path")));

  @Option(names = "--pid", paramLabel = "N", description = "only this process")
  private Integer pid;

  private boolean found;

  @Override
  Listing listing() {
    return LISTING;
  }

  @Override
  void collect(Session session, Machine machine, GuestSystem system, List<ObjectNode> rows) {
    if (system.unknown().contains(GuestSystem.Subject.CACHED_FILES)) {
      session.note(
          "%s: whether code of files was changed is not known: its pages of files are not"
              .formatted(machine.id()));
    }
    int unseen = 0;
    for (GuestProcess process : chosen(system, pid)) {
      found = true;
      Optional<Layer> memory = system.memoryOf(process);
      if (memory.isPresent()) {
        for (GuestMapping mapping : system.mappings(process)) {
          look(machine, system, process, mapping, memory.get(), rows);
        }
      } else if (!process.kernelThread() && !process.exited()) {
        unseen++;
      }
    }
    if (unseen > 0) {
      session.note(
          "%s: %d processes were not looked at: where their memory lies is not known"
              .formatted(machine.id(), unseen));
    }
  }

  private static void look(
      Machine machine,
      GuestSystem system,
      GuestProcess process,
      GuestMapping mapping,
      Layer memory,
      List<ObjectNode> rows) {
    boolean anonymous = mapping.flags().contains(Flag.ANONYMOUS_EXECUTABLE);
    if (anonymous || mapping.flags().contains(Flag.WRITABLE_EXECUTABLE)) {
      String reason = anonymous ? "anonymous-executable" : "writable-executable";
      long at = firstNotZero(memory, mapping.start(), mapping.end());
      rows.add(row(machine, process, mapping, reason, at, memory));
    }
    if (mapping.permissions().indexOf('x') >= 0) {
      for (long page : system.writtenPages(process, mapping)) {
        rows.add(row(machine, process, mapping, "changed-code", page, memory));
      }
    }
  }

  private static ObjectNode row(
      Machine machine,
      GuestProcess process,
      GuestMapping mapping,
      String reason,
      long at,
      Layer memory) {
    return InjectionAnswer.of(
        machine.id(), process, mapping, reason, at, memory.readBytes(at, SHOWN));
  }

  /** The first pages are looked through; further ones only when they hold nothing. */
  private static long firstNotZero(Layer memory, long start, long end) {
    long limit = Math.min(end, start + (1 << 20));
    for (long page = start; page < limit; page += PAGE) {
      byte[] bytes = memory.readBytes(page, PAGE);
      for (int i = 0; i < bytes.length; i++) {
        if (bytes[i] != 0) {
          return page + (i & -16);
        }
      }
    }
    return start;
  }

  @Override
  List<ObjectNode> arranged(List<ObjectNode> rows) throws NotFoundException {
    requireFound(pid, found);
    return rows;
  }
}
