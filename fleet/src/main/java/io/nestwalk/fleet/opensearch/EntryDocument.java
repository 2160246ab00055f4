package io.nestwalk.fleet.opensearch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Json;
import io.nestwalk.index.Entry;
import io.nestwalk.index.EntryFields;
import io.nestwalk.index.EntryJson;
import io.nestwalk.index.Field;
import io.nestwalk.index.FreeWords;
import java.util.regex.Pattern;

/**
 * An entry as a document of the cluster: fields of the common schema for people, fields of its own
 * for queries, and the document of the answers, which the cluster does not look into.
 */
final class EntryDocument implements EntryFields.Sink {

  private static final Pattern DIGITS = Pattern.compile("\\d+");

  private final ObjectNode document = Json.object();
  private final ObjectNode own = document.putObject(Names.OWN);
  private final StringBuilder words = new StringBuilder();

  private EntryDocument() {}

  /**
   * Makes it.
   *
   * @param sequence the part's name as {@link #sequence} makes it
   * @param host the machine's own name
   */
  static ObjectNode of(
      Entry entry, String image, String part, String sequence, long number, String host) {
    ObjectNode json = EntryJson.of(entry);
    EntryDocument made = new EntryDocument();
    made.own.put("type", entry.kind().toString());
    made.own.put("rank", entry.kind().rank());
    made.own.put("image", image);
    made.own.put("part", part);
    made.own.put("sequence", sequence);
    made.own.put("number", number);
    EntryFields.of(entry, json, made);
    made.own.put("words", EntryFields.plain(made.words.toString()));
    made.common(entry, json, image, host);
    made.own.set("document", json);
    return made.document;
  }

  /** A part's name with its numbers as long as the longest. */
  static String sequence(String part) {
    return DIGITS
        .matcher(part)
        .replaceAll(digits -> "%10s".formatted(digits.group()).replace(' ', '0'));
  }

  @Override
  public void word(Field field, String term) {
    own.withArray("/" + field).add(EntryFields.plain(term));
  }

  @Override
  public void words(String text) {
    FreeWords.of(text).forEach(word -> words.append(word).append(' '));
  }

  @Override
  public void number(Field field, long value) {
    if (Names.of(field).startsWith(Names.OWN)) {
      own.withArray("/" + field).add(value);
    } // else it is one of the common schema's
  }

  @Override
  public void range(Field field, long first, long last) {
    own.withArray("/" + field)
        .addObject()
        .put("gte", EntryFields.ordered(first))
        .put("lte", EntryFields.ordered(last));
  }

  private void common(Entry entry, ObjectNode json, String image, String name) {
    boolean isAlert = entry.kind() == Entry.Kind.FINDING || entry.kind() == Entry.Kind.YARA;
    document
        .putObject("event")
        .put("kind", isAlert ? "alert" : "asset")
        .put("dataset", "nestwalk." + entry.kind());
    ObjectNode host = document.putObject("host");
    host.put("id", image + "/" + entry.machineId());
    host.put("name", text(name));
    switch (entry.kind()) {
      case MACHINE -> {
        host.put("architecture", json.path("arch").asText());
        copy(json.path("os"), "name", host.withObject("/os"), "name");
        copy(json.path("os"), "version", host.withObject("/os"), "version");
      }
      case PROCESS -> {
        ObjectNode process = process(json, "name");
        if (json.has("ppid")) {
          process.putObject("parent").put("pid", json.path("ppid").asLong());
        }
        copy(json, "path", process, "executable");
        copy(json, "commandLine", process, "command_line");
        copy(json, "startTime", process, "start");
        copy(json, "endTime", process, "end");
        if (json.has("uid")) {
          document.putObject("user").put("id", json.path("uid").asText());
        }
        own.put("hidden", json.path("hidden").asBoolean());
      }
      case MAPPING, RUN -> {
        process(json, "process");
        if (!json.path("path").asText("[").startsWith("[")) { // "[heap]" is no file
          copy(json, "path", document.putObject("file"), "path");
        }
      }
      case FINDING, YARA -> {
        process(json, "process");
        copy(json, "rule", document.putObject("rule"), "name");
        copy(json, "text", document, "message");
      }
    }
  }

  private ObjectNode process(ObjectNode json, String name) {
    ObjectNode process = document.putObject("process");
    if (json.has("pid")) {
      process.put("pid", json.path("pid").asLong());
    }
    copy(json, name, process, "name");
    return process;
  }

  private static void copy(JsonNode from, String key, ObjectNode to, String name) {
    if (from.has(key)) {
      to.put(name, text(from.path(key).asText()));
    }
  }

  /** Text that a cluster takes as a whole, in its own case. */
  private static String text(String any) {
    return EntryFields.plain(EntryFields.cut(any));
  }
}
