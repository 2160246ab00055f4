package io.nestwalk.answer;

import java.util.OptionalLong;

/** Addresses, roots and register values as answers spell them: "0x1798e000". */
public final class Hex {

  private Hex() {}

  /** An unsigned number. */
  public static String of(long value) {
    return "0x" + Long.toHexString(value);
  }

  /** An unsigned number, or null where there is none. */
  public static String orNull(OptionalLong value) {
    return value.isPresent() ? of(value.getAsLong()) : null;
  }
}
