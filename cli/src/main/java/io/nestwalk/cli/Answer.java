package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;

/**
 * What a command found, in a form that every output format can be made from.
 *
 * @param name the key of the rows in a JSON answer; empty when the answer is one object
 * @param rows the rows
 * @param coverage what was looked at, and the warnings
 * @param beside further lists that stand beside the rows in a JSON answer, by their keys
 */
record Answer(
    String name, List<ObjectNode> rows, ObjectNode coverage, Map<String, ArrayNode> beside) {

  Answer(String name, List<ObjectNode> rows, ObjectNode coverage) {
    this(name, rows, coverage, Map.of());
  }

  /** An answer that is one object, not a list. */
  static Answer single(ObjectNode object, ObjectNode coverage) {
    return new Answer("", List.of(object), coverage);
  }

  /** The same answer with one more list beside its rows. */
  Answer with(String key, ArrayNode list) {
    return new Answer(name, rows, coverage, Map.of(key, list));
  }
}
