package io.nestwalk.system;

import java.util.Map;

/**
 * What only one operating system knows of a thing that all of them have: Linux's uid of a process,
 * Windows's session. Each system implements this with a record of its own; answers show the values
 * flat, beside what every system has.
 */
@FunctionalInterface
public interface Traits {

  /** Nothing beyond what every system has. */
  Traits NONE = Map::of;

  /**
   * The values by their names in answers, in the order of an answer. A value is a {@link String}, a
   * {@link Boolean}, a {@link Long} or {@link Integer} for counts and sizes, an {@link Address}, a
   * {@link java.util.List} of these or a {@link Map} from names to these. What is not known is left
   * out.
   */
  Map<String, Object> values();

  /**
   * A value that answers spell as an address, "0x1798e000".
   *
   * @param value unsigned
   */
  record Address(long value) {}
}
