package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.disassembly.Instruction;
import java.util.List;

/** Instructions beside the bytes that they are, as every answer shows them. */
final class InstructionAnswer {

  private InstructionAnswer() {}

  /** Puts them into a row; nothing where there are none. */
  static void put(ObjectNode node, List<Instruction> instructions) {
    if (!instructions.isEmpty()) {
      ArrayNode list = node.putArray("instructions");
      for (Instruction each : instructions) {
        list.add("%s: %s".formatted(Hex.of(each.address()), each.text()));
      }
    }
  }
}
