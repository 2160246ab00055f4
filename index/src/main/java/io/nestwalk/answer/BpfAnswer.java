package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.disassembly.Instruction;
import io.nestwalk.system.BpfHolder;
import io.nestwalk.system.BpfMap;
import io.nestwalk.system.BpfProgram;
import java.util.HexFormat;
import java.util.List;

/** Programs and maps of BPF as every answer shows them. */
public final class BpfAnswer {

  private BpfAnswer() {}

  /**
   * The row of a program.
   *
   * @param machine the id of the machine
   */
  public static ObjectNode program(String machine, BpfProgram program) {
    ObjectNode node = Json.object();
    node.put("machine", machine);
    node.put("id", program.id());
    node.put("type", program.type());
    node.put("name", program.name());
    node.put("tag", program.tag());
    program.loaded().ifPresent(time -> node.put("loadTime", time.toString()));
    program.uid().ifPresent(uid -> node.put("uid", Integer.toUnsignedLong(uid)));
    node.put("instructions", program.instructions());
    node.put("entry", Hex.of(program.entry()));
    program.code().ifPresent(code -> node.put("code", Hex.of(code)));
    node.put("codeBytes", program.codeBytes());
    ArrayNode helpers = node.putArray("helpers");
    program.helpers().forEach(each -> helpers.add(each.name().orElse(Hex.of(each.address()))));
    program.maps().forEach(node.putArray("maps")::add);
    ArrayNode attachments = node.putArray("attachments");
    program
        .attachments()
        .forEach(
            each -> attachments.addObject().put("kind", each.kind()).put("target", each.target()));
    holders(node, program.holders());
    program.pins().forEach(node.putArray("pins")::add);
    program.seenBy().forEach(node.putArray("seenBy")::add);
    if (program.hidden()) {
      node.put("hidden", true);
    }
    node.put("object", Hex.of(program.object()));
    return node;
  }

  /**
   * The row of a map.
   *
   * @param machine the id of the machine
   */
  public static ObjectNode map(String machine, BpfMap map) {
    ObjectNode node = Json.object();
    node.put("machine", machine);
    node.put("id", map.id());
    node.put("type", map.type());
    node.put("name", map.name());
    node.put("keySize", map.keySize());
    node.put("valueSize", map.valueSize());
    node.put("maxEntries", map.maxEntries());
    node.put("flags", Hex.of(map.flags()));
    map.programs().forEach(node.putArray("programs")::add);
    holders(node, map.holders());
    map.pins().forEach(node.putArray("pins")::add);
    node.put("object", Hex.of(map.object()));
    return node;
  }

  /**
   * The row of an instruction.
   *
   * @param machine the id of the machine
   * @param form "bpf" or "machine"
   * @param start where the program's instructions begin
   * @param code all of them
   */
  public static ObjectNode instruction(
      String machine,
      BpfProgram program,
      String form,
      long start,
      byte[] code,
      Instruction instruction) {
    ObjectNode node = Json.object();
    node.put("machine", machine);
    node.put("id", program.id());
    node.put("program", program.name());
    node.put("form", form);
    int at = (int) (instruction.address() - start);
    if (form.equals("bpf")) {
      node.put("index", at / Long.BYTES);
    }
    node.put("address", Hex.of(instruction.address()));
    node.put("bytes", HexFormat.of().formatHex(code, at, at + instruction.length()));
    node.put("text", instruction.text());
    return node;
  }

  private static void holders(ObjectNode node, List<BpfHolder> holders) {
    ArrayNode array = node.putArray("holders");
    for (BpfHolder each : holders) {
      array
          .addObject()
          .put("pid", each.pid())
          .put("process", each.process())
          .put("descriptor", each.descriptor());
    }
  }
}
