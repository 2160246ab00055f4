package io.nestwalk.linux;

import java.util.List;
import java.util.Map;

/** What is true of one machine in a real image, read inside it when the image was made. */
record Truth(Map<String, Object> values) {

  @SuppressWarnings("unchecked")
  static Truth of(Object map) {
    return new Truth((Map<String, Object>) map);
  }

  boolean has(String key) {
    return values.get(key) != null;
  }

  Truth child(String key) {
    return of(values.get(key));
  }

  List<Truth> children(String key) {
    return ((List<?>) values.getOrDefault(key, List.of())).stream().map(Truth::of).toList();
  }

  List<?> list(String key) {
    return (List<?>) values.getOrDefault(key, List.of());
  }

  String text(String key) {
    return (String) values.get(key);
  }

  long number(String key) {
    return number(values.get(key));
  }

  boolean flag(String key) {
    return Boolean.TRUE.equals(values.get(key));
  }

  static long number(Object value) {
    return value instanceof String text
        ? Long.parseUnsignedLong(text.substring(2), 16)
        : (Long) value;
  }
}
