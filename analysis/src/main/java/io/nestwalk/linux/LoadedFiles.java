package io.nestwalk.linux;

import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestModule;
import io.nestwalk.system.Traits;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The programs and libraries of a process: files of which a part is mapped to be executed. */
final class LoadedFiles {

  private LoadedFiles() {}

  /** The files among a process's mappings, in ascending order of address. */
  static List<GuestModule> of(List<GuestMapping> mappings) {
    Map<String, List<GuestMapping>> byPath = new LinkedHashMap<>();
    for (GuestMapping mapping : mappings) {
      if (mapping.kind() == GuestMapping.Kind.FILE && mapping.path().isPresent()) {
        byPath.computeIfAbsent(mapping.path().get(), path -> new ArrayList<>()).add(mapping);
      }
    }
    List<GuestModule> modules = new ArrayList<>();
    byPath.forEach(
        (path, parts) -> {
          if (parts.stream().anyMatch(part -> part.permissions().indexOf('x') >= 0)) {
            modules.add(module(path, parts));
          }
        });
    return modules;
  }

  private static GuestModule module(String path, List<GuestMapping> parts) {
    GuestMapping first = parts.getFirst();
    return new GuestModule(
        path.substring(path.lastIndexOf('/') + 1),
        first.start(),
        parts.getLast().end() - first.start(),
        first.object(),
        Optional.of(path),
        Traits.NONE);
  }
}
