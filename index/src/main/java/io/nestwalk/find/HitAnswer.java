package io.nestwalk.find;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.Json;
import io.nestwalk.image.Memory;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.index.Entry.RunEntry;

/** A place where a pattern stands, with its owners, as every answer shows it. */
public final class HitAnswer {

  private static final long PAGE = 4096;
  private static final int PREVIEW = 64;

  private HitAnswer() {}

  /**
   * The node of a hit.
   *
   * @param memory host-physical memory
   * @param patterns what was looked for
   */
  public static ObjectNode of(PhysicalMemory memory, Patterns patterns, Hit hit) {
    ObjectNode row = Json.object();
    row.put("hpa", Hex.of(hit.hpa()));
    long place = memory.locate(hit.hpa());
    if (place != Memory.NOWHERE) {
      row.put("fileOffset", place);
    }
    row.put("pattern", patterns.name(hit.pattern()));
    row.put("encoding", patterns.encoding(hit.pattern()));
    row.put("length", hit.length());
    row.put("preview", preview(memory, hit));
    ArrayNode owners = row.putArray("owners");
    for (Owner owner : hit.owners()) {
      owner(owners.addObject(), owner);
    }
    return row;
  }

  /** Says of an owner what every answer says. */
  public static void owner(ObjectNode node, Owner owner) {
    node.put("machine", owner.machine());
    node.put("space", owner.space().toString());
    if (owner.gpa() != RunEntry.NONE) {
      node.put("gpa", Hex.of(owner.gpa()));
    }
    owner.pid().ifPresent(number -> node.put("pid", number));
    node.put("process", owner.process());
    owner.path().ifPresent(path -> node.put("path", path));
    node.put("address", Hex.of(owner.address()));
  }

  /** The first bytes, where they can be shown; of a hit across pages those of its first page. */
  public static String preview(PhysicalMemory memory, Hit hit) {
    return preview(memory, hit.hpa(), hit.length());
  }

  /**
   * The same.
   *
   * @param hpa host-physical address of the first byte
   * @param length how many bytes match
   */
  public static String preview(PhysicalMemory memory, long hpa, int length) {
    long inPage = Math.min(length, PAGE - (hpa & PAGE - 1));
    byte[] bytes = memory.readBytes(hpa, (int) Math.min(inPage, PREVIEW));
    StringBuilder text = new StringBuilder();
    for (byte b : bytes) {
      text.append(b >= ' ' && b < 0x7f ? (char) b : '.');
    }
    return text + (bytes.length < length ? "..." : "");
  }
}
