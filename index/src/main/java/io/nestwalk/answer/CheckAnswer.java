package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.disassembly.Instruction;
import io.nestwalk.system.CheckResult;
import io.nestwalk.system.Suspicion;
import java.util.HexFormat;
import java.util.List;
import java.util.function.BiFunction;

/** What checks of a kernel found and what they looked at. */
public final class CheckAnswer {

  private CheckAnswer() {}

  /**
   * The row of what was found.
   *
   * @param machine the id of the machine
   * @param instructions what the bytes at an address are as code
   */
  public static ObjectNode found(
      String machine,
      CheckResult check,
      Suspicion suspicion,
      BiFunction<byte[], Long, List<Instruction>> instructions) {
    ObjectNode node = Json.object();
    node.put("machine", machine);
    node.put("rule", check.rule());
    node.put("reason", check.reason());
    node.put("text", suspicion.text());
    node.put("address", Hex.of(suspicion.address()));
    suspicion.target().ifPresent(target -> node.put("target", Hex.of(target)));
    suspicion.targetName().ifPresent(name -> node.put("targetName", name));
    suspicion.pid().ifPresent(pid -> node.put("pid", pid));
    if (!suspicion.code().isEmpty()) {
      ArrayNode code = node.putArray("code");
      for (Suspicion.Code each : suspicion.code()) {
        ObjectNode one = code.addObject();
        one.put("address", Hex.of(each.address()));
        one.put("bytes", each.bytes());
        if (each.entry()) {
          InstructionAnswer.put(
              one, instructions.apply(HexFormat.of().parseHex(each.bytes()), each.address()));
        }
      }
    }
    return node;
  }

  /** What one check looked at in a machine. */
  public static ObjectNode examined(String machine, CheckResult check) {
    ObjectNode node = Json.object();
    node.put("machine", machine);
    node.put("rule", check.rule());
    node.put("examined", check.examined());
    node.put("found", check.found().size());
    ArrayNode omitted = node.putArray("omitted");
    check.omitted().forEach(omitted::add);
    return node;
  }
}
