package io.nestwalk.cli;

import io.nestwalk.system.GuestText;

/**
 * Text from guest memory, made harmless for a terminal: it may hold escape sequences, break lines
 * or turn the order of what stands beside it.
 */
final class Printable {

  private Printable() {}

  /**
   * The text with control characters and bytes that are no text as {@code \xNN}, and with all that
   * is not seen but works (BiDi and other format characters, separators of lines and paragraphs,
   * lone surrogates, unassigned and private characters) as <code>&#92;u{NNNN}</code>.
   */
  static String of(String text) {
    StringBuilder result = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (GuestText.isByte(c)) {
                result.append("\\x%02x".formatted(c & 0xff));
              } else if (Character.isISOControl(c)) {
                result.append("\\x%02x".formatted(c));
              } else if (isUnseen(c)) {
                result.append("\\u{%04x}".formatted(c));
              } else {
                result.appendCodePoint(c);
              }
            });
    return result.toString();
  }

  private static boolean isUnseen(int c) {
    return switch (Character.getType(c)) {
      case Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          true;
      default -> false;
    };
  }
}
