package io.nestwalk.index;

import io.nestwalk.index.Entry.FindingEntry;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestMapping.Flag;
import io.nestwalk.system.GuestProcess;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What an analyst should look at in a process's mappings. */
final class MappingFindings {

  private MappingFindings() {}

  static List<FindingEntry> of(String machine, GuestProcess process, GuestMapping mapping) {
    return mapping.flags().stream()
        .map(
            flag ->
                new FindingEntry(
                    machine,
                    OptionalInt.of(process.pid()),
                    Optional.of(process.name()),
                    flag.toString(),
                    "%s: %s-%s %s %s"
                        .formatted(
                            words(flag),
                            EntryJson.hex(mapping.start()),
                            EntryJson.hex(mapping.end()),
                            mapping.permissions(),
                            mapping.path().orElse("no file")),
                    Optional.of(mapping.start())))
        .toList();
  }

  private static String words(Flag flag) {
    return switch (flag) {
      case WRITABLE_EXECUTABLE -> "memory that is both writable and executable";
      case ANONYMOUS_EXECUTABLE -> "executable memory that no file backs";
      case DELETED_FILE -> "a file that has been deleted";
    };
  }
}
