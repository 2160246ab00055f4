package io.nestwalk.answer;

/** Addresses, roots and register values as answers spell them: "0x1798e000". */
public final class Hex {

  private Hex() {}

  /** An unsigned number. */
  public static String of(long value) {
    return "0x" + Long.toHexString(value);
  }

  /** With leading zeros to a fixed width, for columns. */
  public static String padded(long value, int digits) {
    String text = Long.toHexString(value);
    return "0x" + "0".repeat(Math.max(0, digits - text.length())) + text;
  }
}
