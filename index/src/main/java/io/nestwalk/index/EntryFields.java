package io.nestwalk.index;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.finding.Finding;
import io.nestwalk.index.Entry.FindingEntry;
import io.nestwalk.index.Entry.RunEntry;
import io.nestwalk.paging.Permissions;

/**
 * What can be asked of an entry: the values under which every store files it, so that a query has
 * the same answer wherever it is asked.
 */
public final class EntryFields {

  /** Longer text is cut: stores end at some 32,000 bytes, and no path is as long as this. */
  private static final int MOST_CHARACTERS = 8000;

  private static final long PAGE = 1 << 12;

  private final Sink sink;

  private EntryFields(Sink sink) {
    this.sink = sink;
  }

  /** Takes the values. A field may have several. */
  public interface Sink {

    /** A text that is compared as a whole, already as {@link #term} makes it; never empty. */
    void word(Field field, String term);

    /** An unsigned number. */
    void number(Field field, long value);

    /**
     * A range of unsigned numbers.
     *
     * @param last included; not before {@code first}
     */
    void range(Field field, long first, long last);

    /** Text for free search, to be cut by {@link FreeWords}; in lower case. */
    void words(String text);
  }

  /**
   * Hands out the values.
   *
   * @param json the entry's document, see {@link EntryJson}
   */
  public static void of(Entry entry, ObjectNode json, Sink sink) {
    EntryFields fields = new EntryFields(sink);
    fields.word(Field.KIND, entry.kind().toString());
    fields.word(Field.MACHINE, entry.machineId());
    fields.words(entry.machineId());
    switch (entry) {
      case Entry.MachineEntry _ -> fields.machine(json);
      case Entry.ProcessEntry _ -> fields.process(json);
      case Entry.MappingEntry _ -> fields.mapping(json);
      case RunEntry run -> fields.run(run);
      case FindingEntry finding -> fields.finding(finding, json);
      case Entry.RuleHitEntry _ -> fields.ruleHit(json);
    }
  }

  /** A text as a whole, as it is compared. */
  public static String term(String text) {
    return Field.folded(cut(text));
  }

  /** A text, cut to what every store can keep as a whole. */
  public static String cut(String text) {
    return text.length() > MOST_CHARACTERS ? text.substring(0, MOST_CHARACTERS) : text;
  }

  private void machine(ObjectNode json) {
    JsonNode os = json.path("os");
    word(Field.NAME, json.path("name").asText(""));
    words(json.path("name").asText(""));
    for (String key : new String[] {"name", "hostName"}) {
      word(Field.NAME, os.path(key).asText(""));
    }
    for (String key : new String[] {"name", "hostName", "banner"}) {
      words(os.path(key).asText(""));
    }
    words(json.path("arch").asText());
    words(json.path("secondLevel").path("kind").asText());
    number(Field.ROOT, json, "root");
    number(Field.ROOT, json.path("secondLevel"), "root");
  }

  private void process(ObjectNode json) {
    word(Field.NAME, json.path("name").asText());
    word(Field.PATH, json.path("path").asText(""));
    for (String key : new String[] {"name", "path", "commandLine", "cgroup"}) {
      words(json.path(key).asText(""));
    }
    number(Field.PID, json, "pid");
    number(Field.PPID, json, "ppid");
    number(Field.UID, json, "uid");
    number(Field.ROOT, json, "root");
    number(Field.ROOT, json, "userRoot");
    number(Field.OBJECT, json, "object");
  }

  private void mapping(ObjectNode json) {
    word(Field.NAME, json.path("process").asText());
    word(Field.PATH, json.path("path").asText(""));
    word(Field.KIND, json.path("kind").asText());
    words(json.path("process").asText());
    words(json.path("path").asText(""));
    permissions(json.path("permissions").asText());
    json.path("flags").forEach(flag -> word(Field.FLAG, flag.asText()));
    number(Field.PID, json, "pid");
    number(Field.OBJECT, json, "object");
    long start = EntryJson.address(json, "start").orElseThrow();
    long end = EntryJson.address(json, "end").orElseThrow();
    range(Field.VA, start, end - start);
  }

  private void run(RunEntry run) {
    word(Field.KIND, run.space().toString());
    word(Field.NAME, run.name());
    word(Field.PATH, run.path().orElse(""));
    words(run.name());
    words(run.path().orElse(""));
    permissions(Permissions.format(run.permissions()));
    run.pid().ifPresent(pid -> sink.number(Field.PID, pid));
    if (run.space() != Entry.Space.PHYSICAL) {
      range(Field.VA, run.start(), run.length());
    }
    physical(Field.GPA, run.gpa(), run.length());
    physical(Field.HPA, run.hpa(), run.length());
    physical(Field.FILE_OFFSET, run.fileOffset(), run.length());
  }

  private void finding(FindingEntry entry, ObjectNode json) {
    word(Field.NAME, json.path("process").asText(""));
    word(Field.FLAG, json.path("rule").asText());
    words(json.path("process").asText(""));
    words(json.path("text").asText());
    number(Field.PID, json, "pid");
    for (Finding.Run run : entry.finding().pages()) {
      range(Field.GPA, run.guest(), run.length());
      range(Field.HPA, run.host(), run.length());
    }
  }

  private void ruleHit(ObjectNode json) {
    word(Field.NAME, json.path("process").asText());
    word(Field.FLAG, json.path("rule").asText());
    words(json.path("process").asText());
    words(json.path("rule").asText());
    json.path("tags").forEach(tag -> words(tag.asText()));
    json.path("meta").forEach(value -> words(value.asText()));
    number(Field.PID, json, "pid");
    boolean virtual = !json.path("space").asText().equals(Entry.Space.PHYSICAL.toString());
    for (JsonNode place : json.path("strings")) {
      long length = place.path("length").asLong();
      long address = EntryJson.address(place, "address").orElseThrow();
      // What lies in a further page may lie elsewhere in every other layer.
      long inPage = Math.min(length, PAGE - (address & (PAGE - 1)));
      if (virtual) {
        range(Field.VA, address, length);
      }
      EntryJson.address(place, "gpa").ifPresent(gpa -> range(Field.GPA, gpa, inPage));
      EntryJson.address(place, "hpa").ifPresent(hpa -> range(Field.HPA, hpa, inPage));
      if (place.path("fileOffset").isNumber()) {
        range(Field.FILE_OFFSET, place.path("fileOffset").asLong(), inPage);
      }
    }
  }

  private void word(Field field, String text) {
    if (!text.isEmpty()) {
      sink.word(field, term(text));
    }
  }

  private void words(String text) {
    if (!text.isEmpty()) {
      sink.words(Field.folded(text));
    }
  }

  private void permissions(String letters) {
    for (int i = 0; i < letters.length(); i++) {
      if (letters.charAt(i) != '-') {
        word(Field.PERMISSIONS, letters.substring(i, i + 1));
      }
    }
  }

  private void number(Field field, JsonNode json, String key) {
    JsonNode value = json.path(key);
    if (value.isNumber()) {
      sink.number(field, value.asLong());
    } else {
      EntryJson.address(json, key).ifPresent(address -> sink.number(field, address));
    }
  }

  private void physical(Field field, long start, long length) {
    if (start != RunEntry.NONE) {
      range(field, start, length);
    }
  }

  /** A range that would reach beyond the top ends there; one of nothing, or of less, is none. */
  private void range(Field field, long start, long length) {
    if (length > 0) {
      sink.range(field, start, AddressOrder.last(start, length));
    }
  }

  /** Text as every store compares it: what is no character is the one that stands for such. */
  public static String plain(String text) {
    StringBuilder changed = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        changed = changed == null ? new StringBuilder(text) : changed;
        changed.setCharAt(i, '\ufffd');
      }
    }
    return changed == null ? text : changed.toString();
  }

  /** An unsigned number as a signed one that has the same place in the order. */
  public static long ordered(long unsigned) {
    return unsigned ^ Long.MIN_VALUE;
  }
}
