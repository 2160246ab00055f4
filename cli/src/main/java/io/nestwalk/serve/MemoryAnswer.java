package io.nestwalk.serve;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.Json;
import io.nestwalk.image.Memory;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.session.Space;

/** Bytes of a space with the addresses that they have in every layer. */
final class MemoryAnswer {

  private static final String MISSING = "??";

  private MemoryAnswer() {}

  /**
   * The node of some bytes.
   *
   * @param length how many, at least 1
   * @param image host-physical memory
   */
  static ObjectNode of(Space space, long address, int length, PhysicalMemory image) {
    ObjectNode node = Json.object();
    node.put("machine", space.machine().id());
    space.process().ifPresent(name -> node.put("process", name));
    node.put("address", Hex.of(address));
    node.put("length", length);
    node.put("bytes", digits(space.memory(), address, length));
    ArrayNode pages = node.putArray("pages");
    space.pages(address, length, image).forEach(run -> pages.add(run.json()));
    return node;
  }

  private static String digits(Memory memory, long address, int length) {
    StringBuilder text = new StringBuilder(length * 2);
    for (int i = 0; i < length; i++) {
      int b = memory.getByte(address + i);
      if (b < 0) {
        text.append(MISSING);
      } else {
        text.append(Character.forDigit(b >>> 4, 16)).append(Character.forDigit(b & 15, 16));
      }
    }
    return text.toString();
  }
}
