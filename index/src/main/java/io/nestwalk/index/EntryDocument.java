package io.nestwalk.index;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import io.nestwalk.finding.Finding;
import io.nestwalk.index.Entry.FindingEntry;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field.Store;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.LongRange;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;

/**
 * An entry as Lucene keeps it: what can be asked in fields named as {@link Field} says, the
 * document itself in one stored field.
 *
 * <p>Numbers are unsigned, Lucene's are signed: {@link #ordered} keeps their order. A range has
 * both ends included, so one that reaches the top of the address space needs no end beyond it.
 */
final class EntryDocument {

  /** The stored document. */
  static final String SOURCE = "source";

  /** What the document is about: one {@link Entry.Kind}. */
  static final String TYPE = "type";

  /** The kind's place in answers. */
  static final String ORDER = "order";

  /** The part of the index that the document belongs to. */
  static final String PART = "part";

  /** The part, a "#" and the document's number in it: the same each time that a part is done. */
  static final String ID = "id";

  /** The words for free search. */
  static final String WORDS = "words";

  /** Longer text is cut: Lucene's terms end at 32766 bytes, and no path is as long as this. */
  private static final int MAX_TERM = 8000;

  private final Document document = new Document();
  private final StringBuilder words = new StringBuilder();

  private EntryDocument() {}

  /** The document of an entry that is no run of pages. */
  static Document of(Entry entry, String part, long number) {
    ObjectNode json = EntryJson.of(entry);
    EntryDocument made = new EntryDocument();
    made.common(entry, json);
    made.document.add(new StringField(PART, part, Store.NO));
    made.document.add(new StringField(ID, part + "#" + number, Store.NO));
    switch (entry.kind()) {
      case MACHINE -> made.machine(json);
      case PROCESS -> made.process(json);
      case MAPPING -> made.mapping(json);
      case RUN -> throw new IllegalArgumentException("runs of pages are no documents");
      case FINDING -> made.finding((FindingEntry) entry, json);
    }
    made.document.add(new TextField(WORDS, made.words.toString(), Store.NO));
    return made.document;
  }

  private void common(Entry entry, ObjectNode json) {
    document.add(new StringField(TYPE, entry.kind().toString(), Store.NO));
    document.add(new NumericDocValuesField(ORDER, entry.kind().rank()));
    try {
      document.add(new StoredField(SOURCE, Json.MAPPER.writeValueAsBytes(json)));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree can always be written", e);
    }
    word(Field.KIND, entry.kind().toString());
    word(Field.MACHINE, entry.machineId());
    words(entry.machineId());
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
    number(Field.ROOT, (ObjectNode) json.path("secondLevel"), "root");
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
    if (start != end) {
      range(Field.VA, start, end - start);
    }
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

  private void word(Field field, String text) {
    if (!text.isEmpty()) {
      document.add(new StringField(field.toString(), term(text), Store.NO));
    }
  }

  /** Text as a whole, as it is compared. */
  static String term(String text) {
    return Field.folded(text.length() > MAX_TERM ? text.substring(0, MAX_TERM) : text);
  }

  private void words(String text) {
    words.append(Field.folded(text)).append('\n');
  }

  private void permissions(String letters) {
    for (int i = 0; i < letters.length(); i++) {
      if (letters.charAt(i) != '-') {
        word(Field.PERMISSIONS, letters.substring(i, i + 1));
      }
    }
  }

  private void number(Field field, ObjectNode json, String key) {
    JsonNode value = json.path(key);
    if (value.isNumber()) {
      document.add(new LongPoint(field.toString(), ordered(value.asLong())));
    } else {
      EntryJson.address(json, key)
          .ifPresent(a -> document.add(new LongPoint(field.toString(), ordered(a))));
    }
  }

  private void range(Field field, long start, long length) {
    document.add(
        new LongRange(
            field.toString(),
            new long[] {ordered(start)},
            new long[] {ordered(start + length - 1)}));
  }

  /** An unsigned number as a signed one that has the same place in the order. */
  static long ordered(long unsigned) {
    return unsigned ^ Long.MIN_VALUE;
  }
}
