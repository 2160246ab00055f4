package io.nestwalk.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * What a command found, in a form that every output format can be made from.
 *
 * @param name the key of the rows in a JSON answer; empty when the answer is one object
 * @param rows the rows
 * @param coverage what was looked at, and the warnings
 */
record Answer(String name, List<ObjectNode> rows, ObjectNode coverage) {

  /** An answer that is one object, not a list. */
  static Answer single(ObjectNode object, ObjectNode coverage) {
    return new Answer("", List.of(object), coverage);
  }
}
