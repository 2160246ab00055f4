package io.nestwalk.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.answer.Subject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a command found, in a form that every output format can be made from.
 *
 * @param subject what the rows are about
 * @param name the key of the rows in a JSON answer; empty when the answer is one object
 * @param rows the rows
 * @param coverage what was looked at, and the warnings
 * @param beside what else stands beside the rows in a JSON answer, by its keys
 */
record Answer(
    Subject subject,
    String name,
    List<ObjectNode> rows,
    ObjectNode coverage,
    Map<String, JsonNode> beside) {

  Answer(Subject subject, String name, List<ObjectNode> rows, ObjectNode coverage) {
    this(subject, name, rows, coverage, Map.of());
  }

  /** An answer that is one object, not a list. */
  static Answer single(Subject subject, ObjectNode object, ObjectNode coverage) {
    return new Answer(subject, "", List.of(object), coverage);
  }

  /** The same answer with one more thing beside its rows. */
  Answer with(String key, JsonNode more) {
    Map<String, JsonNode> all = new LinkedHashMap<>(beside);
    all.put(key, more);
    return new Answer(subject, name, rows, coverage, all);
  }
}
