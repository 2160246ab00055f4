package io.nestwalk.image;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Registers of one CPU by their names in lower case, as the manuals spell them: {@code cr3}, {@code
 * efer}, {@code rip}, {@code ttbr0_el1}. A register that the dump does not hold is absent.
 *
 * @param values name to value, in the order in which the dump holds them
 */
public record Registers(Map<String, Long> values) {

  /** No register is known. */
  public static final Registers NONE = new Registers(Map.of());

  /** Copies the map and keeps its order. */
  public Registers {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }

  /** The register's value, empty when the dump does not hold it. */
  public OptionalLong get(String name) {
    Long value = values.get(name);
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }

  /** The register's value, or {@code ifAbsent}. */
  public long get(String name, long ifAbsent) {
    return values.getOrDefault(name, ifAbsent);
  }
}
