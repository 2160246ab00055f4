package io.nestwalk.cli;

/** Text from guest memory, made harmless for a terminal: it may hold escape sequences. */
final class Printable {

  private Printable() {}

  /** The text with control characters as {@code \xNN}. */
  static String of(String text) {
    StringBuilder result = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT) {
                result.append("\\x%02x".formatted(c));
              } else {
                result.appendCodePoint(c);
              }
            });
    return result.toString();
  }
}
