package io.nestwalk.fleet.table;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

/**
 * Text of an answer as the UTF-8 that a table holds, without loss. Answers keep a byte that is no
 * UTF-8 as a lone surrogate, which no UTF-8 has: such a text, and one that begins with a quotation
 * mark, is written as its JSON literal. Who reads a text that begins with a quotation mark parses
 * it as JSON; every other text is itself.
 */
final class LosslessText {

  private LosslessText() {}

  /** The text as it is stored. */
  static String stored(String text) {
    if (!text.startsWith("\"") && !hasLoneSurrogate(text)) {
      return text;
    }
    StringBuilder literal = new StringBuilder(text.length() + 16).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isLone(text, i)) {
        literal.append("\\u%04x".formatted((int) c));
      } else {
        literal.append(
            new String(JsonStringEncoder.getInstance().quoteAsString(String.valueOf(c))));
      }
    }
    return literal.append('"').toString();
  }

  private static boolean hasLoneSurrogate(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (isLone(text, i)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isLone(String text, int i) {
    char c = text.charAt(i);
    if (Character.isHighSurrogate(c)) {
      return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
    }
    return Character.isLowSurrogate(c)
        && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
  }
}
