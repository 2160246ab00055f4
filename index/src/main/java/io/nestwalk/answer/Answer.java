package io.nestwalk.answer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What was asked for, in a form that every output format can be made from.
 *
 * @param subject what the rows are about
 * @param name the key of the rows in a JSON answer; empty when the answer is one object
 * @param rows the rows
 * @param coverage what was looked at, and the warnings
 * @param beside what else stands beside the rows in a JSON answer, by its keys
 */
public record Answer(
    Subject subject,
    String name,
    List<ObjectNode> rows,
    ObjectNode coverage,
    Map<String, JsonNode> beside) {

  /** An answer with nothing beside its rows. */
  public Answer(Subject subject, String name, List<ObjectNode> rows, ObjectNode coverage) {
    this(subject, name, rows, coverage, Map.of());
  }

  /** An answer that is one object, not a list. */
  public static Answer single(Subject subject, ObjectNode object, ObjectNode coverage) {
    return new Answer(subject, "", List.of(object), coverage);
  }

  /** The same answer with one more thing beside its rows. */
  public Answer with(String key, JsonNode more) {
    Map<String, JsonNode> all = new LinkedHashMap<>(beside);
    all.put(key, more);
    return new Answer(subject, name, rows, coverage, all);
  }

  /** The answer as one object: the rows under their name, what stands beside them, coverage. */
  public ObjectNode json() {
    ObjectNode whole;
    if (name.isEmpty()) {
      whole = rows.getFirst().deepCopy();
    } else {
      whole = Json.object();
      whole.putArray(name).addAll(rows);
    }
    beside.forEach(whole::set);
    whole.set("coverage", coverage);
    return whole;
  }

  /** The last line of the answer as NDJSON: what stands beside the rows, and the coverage. */
  public ObjectNode lastLine() {
    ObjectNode last = Json.object();
    beside.forEach(last::set);
    last.set("coverage", coverage);
    return last;
  }
}
