package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.disassembly.Instruction;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import java.util.HexFormat;
import java.util.List;

/** Memory of a process that may hold injected code, as every answer shows it. */
public final class InjectionAnswer {

  private InjectionAnswer() {}

  /**
   * The row of a place.
   *
   * @param machine the id of the machine
   * @param reason why it is shown
   * @param address where the bytes stand
   * @param bytes the first ones that are not zero
   * @param instructions that these bytes are; none where they are not known
   */
  public static ObjectNode of(
      String machine,
      GuestProcess process,
      GuestMapping mapping,
      String reason,
      long address,
      byte[] bytes,
      List<Instruction> instructions) {
    ObjectNode node = Json.object();
    node.put("machine", machine);
    node.put("pid", process.pid());
    node.put("process", process.name());
    node.put("reason", reason);
    node.put("start", Hex.of(mapping.start()));
    node.put("end", Hex.of(mapping.end()));
    node.put("permissions", mapping.permissions());
    node.put("kind", mapping.kind().toString());
    mapping.path().ifPresent(path -> node.put("path", path));
    node.put("address", Hex.of(address));
    node.put("bytes", HexFormat.of().formatHex(bytes));
    InstructionAnswer.put(node, instructions);
    return node;
  }
}
