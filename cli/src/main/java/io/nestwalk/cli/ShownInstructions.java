package io.nestwalk.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.nestwalk.disassembly.Disassembler;
import io.nestwalk.disassembly.Instruction;
import io.nestwalk.disassembly.InstructionSet;
import io.nestwalk.machine.Machine;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Instructions beside bytes that a command shows, where the system has what tells them. */
final class ShownInstructions {

  private static final int IN_TABLE = 4;

  private final Set<String> advised = new HashSet<>();
  private Optional<Disassembler> disassembler;

  /** Looked for when there is something to show, and once. */
  private Optional<Disassembler> library() {
    if (disassembler == null) {
      disassembler = Disassembler.find();
    }
    return disassembler;
  }

  /** What bytes are as code; nothing where they are zeros or nobody can tell. */
  List<Instruction> of(InstructionSet set, byte[] bytes, long address) {
    for (byte each : bytes) {
      if (each != 0) {
        return library().isEmpty() ? List.of() : library().get().disassemble(set, bytes, address);
      }
    }
    return List.of();
  }

  /** Whether the system has what tells instructions of that kind. */
  boolean areTold(InstructionSet set) {
    return library().filter(each -> each.knows(set)).isPresent();
  }

  /** Says once why there are none of a machine's, where there are none. */
  void advise(Session session, Machine machine) {
    Disassembler.obstacle(library(), InstructionSet.of(machine.architecture()))
        .filter(advised::add)
        .ifPresent(session::note);
  }

  /** The first instructions of a row, for a table. */
  static String first(JsonNode row) {
    List<String> first = new ArrayList<>();
    for (JsonNode each : row.path("instructions")) {
      if (first.size() < IN_TABLE) {
        first.add(each.asText().replaceFirst("^0x[0-9a-f]+: ", ""));
      }
    }
    return String.join("; ", first);
  }
}
