package io.nestwalk.diff;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.CsvWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A kind of row that is compared.
 *
 * <p>A value that only one image has is no change: it may be on a page that the other lacks. A flag
 * is there or not, and both say something.
 */
public enum RowKind {
  /**
   * A machine. Clocks drift, so that its boot time is no part of it; nor is its root, which may be
   * that of the process that happened to run.
   */
  MACHINE(
      List.of("id"),
      List.of(
          "id",
          "os.version",
          "os.kernelBase",
          "os.hostName",
          "os.root",
          "secondLevel.kind",
          "secondLevel.root",
          "secondLevel.mappedBytes",
          "state",
          "hypervisor",
          "name",
          "vmmPid"),
      List.of(),
      List.of("id", "os.name", "os.version")),
  /** A process. Paired by number and start, which no key of the row alone says. */
  PROCESS(
      List.of(),
      List.of("ppid", "name", "path", "commandLine", "threads", "root", "uid", "sid", "mappings"),
      List.of("exited", "hidden"),
      List.of("name", "commandLine")),
  /** A mapping of a process that both images have. */
  MAPPING(
      List.of("start", "path"),
      List.of("end", "permissions", "kind"),
      List.of(),
      List.of("start", "end", "permissions", "path")),
  /** A module of a kernel. */
  MODULE(
      List.of("name", "base"), List.of("size", "path"), List.of(), List.of("name", "base", "path")),
  /** A finding: of one place, or of none and then told apart by its words. */
  FINDING(
      List.of("rule", "pid", "address"),
      List.of("text", "pages", "process"),
      List.of(),
      List.of("rule", "text")),
  /** A socket: the kernel's object, which may be used again under another number. */
  SOCKET(
      List.of("protocol", "object", "inode"),
      List.of("local", "localPort", "remote", "remotePort", "state", "holders"),
      List.of(),
      List.of("protocol", "local", "localPort", "remote", "remotePort", "state", "object"));

  /** Never changed: made of what the constants say. */
  @SuppressWarnings("ImmutableEnumChecker")
  private final List<String> identity;

  @SuppressWarnings("ImmutableEnumChecker") // as above
  private final List<String> compared;

  @SuppressWarnings("ImmutableEnumChecker") // as above
  private final List<String> flags;

  @SuppressWarnings("ImmutableEnumChecker") // as above
  private final List<String> words;

  RowKind(List<String> identity, List<String> compared, List<String> flags, List<String> words) {
    this.identity = identity;
    this.compared = compared;
    this.flags = flags;
    this.words = words;
  }

  /** As in answers: "process". */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What rows of one thing in both images have in common. */
  List<JsonNode> identity(ObjectNode row) {
    List<JsonNode> values = new ArrayList<>();
    identity.forEach(key -> values.add(row.path(key)));
    if (this == FINDING && !row.has("address")) {
      values.add(row.path("text"));
    }
    if (this == SOCKET && !row.has("inode")) {
      List.of("local", "localPort", "remote", "remotePort")
          .forEach(key -> values.add(row.path(key)));
    }
    return values;
  }

  /** The keys in which two rows of one thing differ. */
  List<String> differing(ObjectNode before, ObjectNode after) {
    List<String> keys = new ArrayList<>();
    for (String key : compared) {
      JsonNode first = CsvWriter.value(before, key);
      JsonNode second = CsvWriter.value(after, key);
      if (!first.isMissingNode() && !second.isMissingNode() && !first.equals(second)) {
        keys.add(key);
      }
    }
    for (String key : flags) {
      if (before.path(key).asBoolean() != after.path(key).asBoolean()) {
        keys.add(key);
      }
    }
    return keys;
  }

  /** The thing in words, for people. */
  String text(ObjectNode row) {
    return words.stream()
        .map(key -> CsvWriter.value(row, key))
        .filter(value -> !value.isMissingNode() && !value.asText().isEmpty())
        .map(JsonNode::asText)
        .collect(Collectors.joining(" "));
  }
}
