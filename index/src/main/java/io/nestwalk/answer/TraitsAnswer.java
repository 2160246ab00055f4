package io.nestwalk.answer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.system.Traits;
import java.util.List;
import java.util.Map;

/** What only one operating system knows, flat beside what all of them have. */
final class TraitsAnswer {

  private TraitsAnswer() {}

  /** Adds every value under its own name. */
  static void addTo(ObjectNode node, Traits traits) {
    traits.values().forEach((name, value) -> put(node, name, value));
  }

  private static void put(ObjectNode node, String name, Object value) {
    switch (value) {
      case String text -> node.put(name, text);
      case Boolean flag -> node.put(name, flag);
      case Long number -> node.put(name, number);
      case Integer number -> node.put(name, number);
      case Traits.Address address -> node.put(name, Hex.of(address.value()));
      case List<?> list -> {
        ArrayNode array = node.putArray(name);
        for (Object each : list) {
          ObjectNode holder = JsonNodeFactory.instance.objectNode();
          put(holder, name, each);
          array.add(holder.get(name));
        }
      }
      case Map<?, ?> map -> {
        ObjectNode object = node.putObject(name);
        map.forEach((key, each) -> put(object, key.toString(), each));
      }
      default -> throw new IllegalArgumentException(name + ": no form for " + value.getClass());
    }
  }
}
