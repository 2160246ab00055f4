package io.nestwalk.windows.memory;

import io.nestwalk.system.Traits;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What Windows alone knows of a mapping.
 *
 * @param protection what was asked for when it was made, as Windows's headers have it, without
 *     PAGE_: "READWRITE|GUARD"
 * @param isPrivate whether it is memory of the process's own
 * @param commit whether its pages were committed when it was made
 * @param vadType a special type: "writeWatch", "awe", ...
 */
public record WindowsMapping(
    String protection, boolean isPrivate, boolean commit, Optional<String> vadType)
    implements Traits {

  @Override
  public Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("protection", protection);
    values.put("private", isPrivate);
    values.put("commit", commit);
    vadType.ifPresent(name -> values.put("vadType", name));
    return values;
  }
}
