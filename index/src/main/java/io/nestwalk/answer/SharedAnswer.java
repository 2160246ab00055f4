package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.image.Memory;
import io.nestwalk.machine.SharedPages;
import io.nestwalk.paging.Permissions;

/** Memory of several guests as every answer shows it. */
public final class SharedAnswer {

  private SharedAnswer() {}

  /**
   * The row of a run.
   *
   * @param machine the id of the machine that runs the guests
   * @param fileOffset where its first byte is in the file, {@link Memory#NOWHERE} where it is not
   */
  public static ObjectNode of(String machine, SharedPages.Run run, long fileOffset) {
    ObjectNode node = Json.object();
    node.put("machine", machine);
    node.put("hpa", Hex.of(run.host()));
    node.put("length", run.length());
    if (fileOffset != Memory.NOWHERE) {
      node.put("fileOffset", Hex.of(fileOffset));
    }
    run.kind().ifPresent(kind -> node.put("kind", kind.toString()));
    ArrayNode owners = node.putArray("owners");
    for (SharedPages.Owner each : run.owners()) {
      ObjectNode owner = owners.addObject();
      owner.put("machine", each.machine());
      ArrayNode places = owner.putArray("gpas");
      each.places().forEach(place -> places.add(Hex.of(place)));
      owner.put("count", each.count());
      owner.put("permissions", Permissions.format(each.permissions()));
    }
    return node;
  }

  /**
   * The row of a sum.
   *
   * @param machine the id of the machine that runs the guests
   */
  public static ObjectNode sum(String machine, SharedPages.Sum sum) {
    ObjectNode node = Json.object();
    node.put("machine", machine);
    ArrayNode guests = node.putArray("guests");
    sum.guests().forEach(guests::add);
    sum.kind().ifPresent(kind -> node.put("kind", kind.toString()));
    node.put("bytes", sum.bytes());
    node.put("guestBytes", sum.guestBytes());
    node.put("openBytes", sum.openBytes());
    return node;
  }
}
