package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.system.CachedFile;

/** A file in memory as every answer shows it. */
public final class CachedFileAnswer {

  private CachedFileAnswer() {}

  /**
   * The row of a file.
   *
   * @param machine the id of the machine
   */
  public static ObjectNode of(String machine, CachedFile file) {
    ObjectNode node = Json.object();
    node.put("machine", machine);
    file.path().ifPresent(path -> node.put("path", path));
    node.put("fileSystem", file.fileSystem());
    node.put("inode", file.number());
    node.put("size", file.size());
    node.put("cachedBytes", file.cachedBytes());
    file.modified().ifPresent(time -> node.put("modified", time.toString()));
    file.changed().ifPresent(time -> node.put("changed", time.toString()));
    file.accessed().ifPresent(time -> node.put("accessed", time.toString()));
    node.put("object", Hex.of(file.object()));
    TraitsAnswer.addTo(node, file.traits());
    return node;
  }
}
