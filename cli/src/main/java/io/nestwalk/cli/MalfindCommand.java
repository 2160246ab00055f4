package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.InjectionAnswer;
import io.nestwalk.answer.Subject;
import io.nestwalk.disassembly.Instruction;
import io.nestwalk.disassembly.InstructionSet;
import io.nestwalk.machine.Machine;
import io.nestwalk.memory.Layer;
import io.nestwalk.session.NotFoundException;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestMapping.Flag;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.wording.Count;
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
          + " those from the first difference to the file on; with the instructions that they are"
          + " where the system has Capstone (libcapstone 4 or 5).",
      "Programs that compile as they run (Java, browsers) have such memory as well."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class MalfindCommand extends ListingCommand {

  private static final int PAGE = 1 << 12;
  private static final int SHOWN = 32;

  /** USER32_CS on Linux, and what Windows has for 32-bit programs: ring 3's third descriptor. */
  private static final long NARROW_CODE = 0x23;

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
              new Column("CODE", ShownInstructions::first),
              Column.of("PATH", "path")));

  @Option(names = "--pid", paramLabel = "N", description = "only this process")
  private Integer pid;

  private boolean found;
  private final ShownInstructions instructions = new ShownInstructions();

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
    int before = rows.size();
    int unseen = 0;
    for (GuestProcess process : chosen(system, pid)) {
      found = true;
      Optional<Layer> memory = system.memoryOf(process);
      if (memory.isPresent()) {
        for (GuestMapping mapping : system.mappings(process)) {
          look(new Place(machine, system, process, mapping, memory.get()), rows);
        }
      } else if (!process.kernelThread() && !process.exited()) {
        unseen++;
      }
    }
    if (unseen > 0) {
      session.note(
          "%s: %s not looked at: where their memory lies is not known"
              .formatted(machine.id(), Count.of(unseen, "process", "was", "were")));
    }
    if (rows.size() > before) {
      instructions.advise(session, machine);
    }
  }

  /** A mapping that is looked at. */
  private record Place(
      Machine machine,
      GuestSystem system,
      GuestProcess process,
      GuestMapping mapping,
      Layer memory) {}

  private void look(Place place, List<ObjectNode> rows) {
    GuestMapping mapping = place.mapping;
    boolean anonymous = mapping.flags().contains(Flag.ANONYMOUS_EXECUTABLE);
    if (anonymous || mapping.flags().contains(Flag.WRITABLE_EXECUTABLE)) {
      String reason = anonymous ? "anonymous-executable" : "writable-executable";
      rows.add(row(place, reason, firstNotZero(place.memory, mapping.start(), mapping.end())));
    }
    if (mapping.permissions().indexOf('x') >= 0) {
      for (long page : place.system.writtenPages(place.process, mapping)) {
        rows.add(row(place, "changed-code", page));
      }
    }
  }

  private ObjectNode row(Place place, String reason, long at) {
    byte[] bytes = place.memory.readBytes(at, SHOWN);
    return InjectionAnswer.of(
        place.machine.id(),
        place.process,
        place.mapping,
        reason,
        at,
        bytes,
        instructions(place, at, bytes));
  }

  private List<Instruction> instructions(Place place, long at, byte[] bytes) {
    InstructionSet set = InstructionSet.of(place.machine.architecture());
    if (set == InstructionSet.X86_64
        && place.system.registers(place.process).get("cs", 0) == NARROW_CODE) {
      set = InstructionSet.X86;
    }
    return instructions.of(set, bytes, at);
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
