package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.image.Cpu;

/** A CPU with its registers as every answer shows it. */
public final class CpuAnswer {

  private CpuAnswer() {}

  /** The node of a CPU. */
  public static ObjectNode of(Cpu cpu) {
    ObjectNode node = Json.object();
    node.put("id", cpu.id());
    node.put("arch", cpu.architecture().toString());
    ObjectNode registers = node.putObject("registers");
    cpu.registers().values().forEach((name, value) -> registers.put(name, Hex.of(value)));
    return node;
  }
}
