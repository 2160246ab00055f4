package io.nestwalk.find;

/** Reads hexadecimal bytes with wildcards: {@code 48 8b ?? c3}, {@code 4?8b}. */
final class HexPattern {

  private static final char WILDCARD = '?';

  private HexPattern() {}

  static Needle parse(String text) throws PatternException {
    int count = 0;
    int[] digits = new int[text.length()];
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isWhitespace(c)) {
        continue;
      }
      int digit = c == WILDCARD ? -1 : Character.digit(c, 16);
      if (digit < 0 && c != WILDCARD) {
        throw new PatternException(
            "hex, column %d: '%c' is neither a hexadecimal digit nor ?".formatted(i + 1, c));
      }
      digits[count++] = digit;
    }
    if (count == 0 || count % 2 != 0) {
      throw new PatternException(
          "hex: %d digits; a byte has two, and one byte at least is needed".formatted(count));
    }
    byte[] bytes = new byte[count / 2];
    byte[] mask = new byte[count / 2];
    for (int i = 0; i < count; i++) {
      int shift = i % 2 == 0 ? 4 : 0;
      if (digits[i] >= 0) {
        bytes[i / 2] |= (byte) (digits[i] << shift);
        mask[i / 2] |= (byte) (0xf << shift);
      }
    }
    Needle needle = new Needle(text, "hex", bytes, mask);
    if (needle.anchor().isEmpty()) {
      throw new PatternException("hex: '%s' has no byte that is known as a whole".formatted(text));
    }
    return needle;
  }
}
