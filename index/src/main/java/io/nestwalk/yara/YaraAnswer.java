package io.nestwalk.yara;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Hex;
import io.nestwalk.answer.Json;
import io.nestwalk.find.HitAnswer;
import io.nestwalk.find.Owner;
import io.nestwalk.image.Memory;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.yara.YaraHit.Place;

/** A rule that is true of some memory, as every answer shows it. */
public final class YaraAnswer {

  private YaraAnswer() {}

  /**
   * The node of a hit.
   *
   * @param memory host-physical memory
   */
  public static ObjectNode of(PhysicalMemory memory, YaraHit hit) {
    ObjectNode row = Json.object();
    row.put("machine", hit.machine());
    row.put("space", hit.space().toString());
    hit.pid().ifPresent(number -> row.put("pid", number));
    row.put("process", hit.process());
    row.put("rule", hit.rule());
    ArrayNode tags = row.putArray("tags");
    hit.tags().forEach(tags::add);
    ObjectNode meta = row.putObject("meta");
    hit.meta().forEach(meta::putPOJO);
    ArrayNode strings = row.putArray("strings");
    for (Place place : hit.strings()) {
      string(memory, place, strings.addObject());
    }
    row.put("stringsLeftOut", hit.leftOut());
    return row;
  }

  private static void string(PhysicalMemory memory, Place place, ObjectNode node) {
    node.put("name", place.name());
    node.put("address", Hex.of(place.address()));
    if (place.gpa() != RunEntry.NONE) {
      node.put("gpa", Hex.of(place.gpa()));
    }
    if (place.hpa() != RunEntry.NONE) {
      node.put("hpa", Hex.of(place.hpa()));
      long offset = memory.locate(place.hpa());
      if (offset != Memory.NOWHERE) {
        node.put("fileOffset", offset);
      }
    }
    node.put("length", place.length());
    node.put("preview", preview(memory, place));
    ArrayNode owners = node.putArray("owners");
    for (Owner owner : place.owners()) {
      HitAnswer.owner(owners.addObject(), owner);
    }
  }

  /** The first bytes, where they can be shown. */
  public static String preview(PhysicalMemory memory, Place place) {
    return place.hpa() == RunEntry.NONE
        ? ""
        : HitAnswer.preview(memory, place.hpa(), place.length());
  }
}
