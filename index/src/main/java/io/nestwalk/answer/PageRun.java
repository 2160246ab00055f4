package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.memory.PageState;
import io.nestwalk.paging.Permissions;

/**
 * A run of pages that follow one another in every layer, as every answer shows it.
 *
 * @param start the first address in its own space, unsigned
 * @param length in bytes
 * @param gpa the machine's physical address of it, {@link #NONE} where it has none of its own
 * @param hpa the host-physical address, {@link #NONE} where a lower layer does not map it
 * @param fileOffset where it stands in the image's file, {@link #NONE} where it does not
 * @param pageSize in bytes, of the smallest page on the way
 * @param permissions what the tables allow, as {@link Permissions}; 0 where nothing is known of it
 * @param state what the pages are where the hardware does not map them
 */
public record PageRun(
    long start,
    long length,
    long gpa,
    long hpa,
    long fileOffset,
    long pageSize,
    int permissions,
    PageState state) {

  /** An address that there is not. */
  public static final long NONE = -1;

  /** The node of the run. */
  public ObjectNode json() {
    ObjectNode node = Json.object();
    node.put("start", Hex.of(start));
    node.put("length", length);
    if (gpa != NONE) {
      node.put("gpa", Hex.of(gpa));
    }
    if (hpa != NONE) {
      node.put("hpa", Hex.of(hpa));
    }
    if (fileOffset != NONE) {
      node.put("fileOffset", fileOffset);
    }
    node.put("pageSize", pageSize);
    if (permissions != 0) {
      node.put("permissions", Permissions.format(permissions));
    }
    StateAnswer.addTo(node, state);
    return node;
  }
}
