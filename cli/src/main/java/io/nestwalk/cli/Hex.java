package io.nestwalk.cli;

/** Addresses, roots and register values as answers spell them. */
final class Hex {

  private Hex() {}

  /** An unsigned number: "0x1798e000". */
  static String of(long value) {
    return "0x" + Long.toHexString(value);
  }

  /** With leading zeros to a fixed width, for columns. */
  static String padded(long value, int digits) {
    String text = Long.toHexString(value);
    return "0x" + "0".repeat(Math.max(0, digits - text.length())) + text;
  }
}
