package io.nestwalk.windows.modules;

import io.nestwalk.system.Traits;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What Windows alone knows of a module.
 *
 * @param version of its file, "10.0.19041.804", where the resource that has it is in memory
 * @param bits 32 or 64: in which of a process's two loaders it is listed
 */
public record WindowsModule(Optional<String> version, int bits) implements Traits {

  @Override
  public Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    version.ifPresent(text -> values.put("version", text));
    values.put("bits", bits);
    return values;
  }
}
