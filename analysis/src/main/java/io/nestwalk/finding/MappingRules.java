package io.nestwalk.finding;

import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestMapping.Flag;
import io.nestwalk.system.GuestProcess;
import java.util.List;

/** The rules about a process's mappings. */
public final class MappingRules {

  private MappingRules() {}

  /** What an analyst should look at in a mapping. */
  public static List<Finding> of(String machine, GuestProcess process, GuestMapping mapping) {
    return mapping.flags().stream()
        .map(
            flag ->
                Finding.of(
                        rule(flag),
                        machine,
                        "%s: 0x%x-0x%x %s %s"
                            .formatted(
                                words(flag),
                                mapping.start(),
                                mapping.end(),
                                mapping.permissions(),
                                mapping.path().orElse("no file")))
                    .in(process, mapping.start()))
        .toList();
  }

  private static Rule rule(Flag flag) {
    return switch (flag) {
      case WRITABLE_EXECUTABLE -> Rule.WRITABLE_EXECUTABLE;
      case ANONYMOUS_EXECUTABLE -> Rule.ANONYMOUS_EXECUTABLE;
      case DELETED_FILE -> Rule.DELETED_FILE;
      case IMAGE_WITHOUT_FILE -> Rule.IMAGE_WITHOUT_FILE;
      case UNLISTED_MODULE -> Rule.UNLISTED_MODULE;
    };
  }

  private static String words(Flag flag) {
    return switch (flag) {
      case WRITABLE_EXECUTABLE -> "memory that is both writable and executable";
      case ANONYMOUS_EXECUTABLE -> "executable memory that no file backs";
      case DELETED_FILE -> "a file that has been deleted";
      case IMAGE_WITHOUT_FILE -> "an image that no file backs";
      case UNLISTED_MODULE -> "an image that none of its process's own lists has";
    };
  }
}
