package io.nestwalk.image.aff4;

/** Cuts Turtle into its words. Goes through the text once, whatever it holds. */
final class Tokens {

  private static final String PUNCTUATION = ";,[]()";
  private static final String ENDS_WORD = PUNCTUATION + "<>\"";

  /** What a word is. */
  enum Kind {
    /** A full name in angle brackets, or the text between quotes. */
    VALUE,
    /** A name with a prefix, a number, a keyword. */
    WORD,
    /** What divides the others. */
    PUNCTUATION
  }

  private final String source;
  private int position;
  private Kind kind;
  private String text = "";

  Tokens(String source) {
    this.source = source;
  }

  Kind kind() {
    return kind;
  }

  String text() {
    return text;
  }

  /** Goes on to the next word; false at the end. */
  boolean advance() {
    skipBlanks();
    if (position >= source.length()) {
      return false;
    }
    char first = source.charAt(position);
    if (first == '<') {
      take(Kind.VALUE, position + 1, indexOf(">", position + 1), 1);
    } else if (first == '"') {
      literal();
    } else if (PUNCTUATION.indexOf(first) >= 0 || first == '.') {
      take(Kind.PUNCTUATION, position, position + 1, 0);
    } else {
      word();
    }
    return true;
  }

  private void skipBlanks() {
    while (position < source.length()) {
      char c = source.charAt(position);
      if (c == '#') {
        position = indexOf("\n", position);
      } else if (!Character.isWhitespace(c)) {
        return;
      } else {
        position++;
      }
    }
  }

  /** A text between quotes; its type or language says nothing that is needed. */
  private void literal() {
    String quotes = source.startsWith("\"\"\"", position) ? "\"\"\"" : "\"";
    int start = position + quotes.length();
    int end = start;
    while (end < source.length() && !source.startsWith(quotes, end)) {
      end += source.charAt(end) == '\\' ? 2 : 1;
    }
    take(Kind.VALUE, start, Math.min(end, source.length()), quotes.length());
    if (source.startsWith("^^<", position)) {
      position = Math.min(source.length(), indexOf(">", position) + 1);
    } else if (source.startsWith("^^", position) || source.startsWith("@", position)) {
      position = endOfWord(position);
    }
  }

  private void word() {
    take(Kind.WORD, position, Math.max(position + 1, endOfWord(position)), 0);
  }

  /** Where a word ends; a full stop at its end is none of it. */
  private int endOfWord(int from) {
    int end = from;
    while (end < source.length()
        && !Character.isWhitespace(source.charAt(end))
        && ENDS_WORD.indexOf(source.charAt(end)) < 0) {
      end++;
    }
    while (end > from && source.charAt(end - 1) == '.') {
      end--;
    }
    return end;
  }

  private void take(Kind taken, int start, int end, int behind) {
    kind = taken;
    text = source.substring(start, end);
    position = Math.min(source.length(), end + behind);
  }

  private int indexOf(String what, int from) {
    int found = source.indexOf(what, from);
    return found < 0 ? source.length() : found;
  }
}
