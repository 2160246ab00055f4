package io.nestwalk.index;

import io.nestwalk.index.Query.Allowed;
import io.nestwalk.index.Query.And;
import io.nestwalk.index.Query.Free;
import io.nestwalk.index.Query.Not;
import io.nestwalk.index.Query.Or;
import io.nestwalk.index.Query.Span;
import io.nestwalk.index.Query.Word;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Reads queries:
 *
 * <pre>
 * query   = both { OR both }
 * both    = one { [ AND ] one }
 * one     = NOT one | "(" query ")" | [ field ":" ] value
 * value   = text | "text in quotes" | from ".." to | "[" from TO to "]"
 * </pre>
 *
 * <p>In text {@code *} and {@code ?} are wildcards; a backslash takes away any character's meaning.
 * Numbers are decimal or, with 0x, hexadecimal, 64 bits, unsigned.
 */
public final class QueryParser {

  private static final int MAX_LENGTH = 1 << 14;
  private static final int MAX_DEPTH = 64;
  private static final String RANGE = "..";
  private static final String PERMISSION_LETTERS = "rwxups";

  private final String text;
  private int position;
  private int depth;

  private QueryParser(String text) {
    this.text = text;
  }

  /**
   * Understands a query.
   *
   * @throws QuerySyntaxException when it can't; the message names the column
   */
  public static Query parse(String text) throws QuerySyntaxException {
    if (text.length() > MAX_LENGTH) {
      throw new QuerySyntaxException(
          text.substring(0, 1), 0, "longer than %d characters".formatted(MAX_LENGTH));
    }
    QueryParser parser = new QueryParser(text);
    parser.blanks();
    if (parser.atEnd()) {
      throw parser.fault(0, "nothing is asked");
    }
    Query query = parser.either();
    if (!parser.atEnd()) {
      throw parser.fault(parser.position, "')' without '('");
    }
    return query;
  }

  private Query either() throws QuerySyntaxException {
    if (++depth > MAX_DEPTH) {
      throw fault(position, "nested deeper than %d".formatted(MAX_DEPTH));
    }
    List<Query> parts = new ArrayList<>();
    do {
      parts.add(both());
    } while (takeWord("OR"));
    depth--;
    return parts.size() == 1 ? parts.getFirst() : new Or(parts);
  }

  private Query both() throws QuerySyntaxException {
    List<Query> parts = new ArrayList<>();
    parts.add(one());
    while (!atEnd() && peek() != ')' && !isWord("OR")) {
      takeWord("AND");
      parts.add(one());
    }
    return parts.size() == 1 ? parts.getFirst() : new And(parts);
  }

  private Query one() throws QuerySyntaxException {
    blanks();
    int start = position;
    if (atEnd()) {
      throw fault(start, "something to look for is missing here");
    }
    if (takeWord("NOT")) {
      if (++depth > MAX_DEPTH) {
        throw fault(start, "nested deeper than %d".formatted(MAX_DEPTH));
      }
      Query negated = one();
      depth--;
      return new Not(negated);
    }
    if (isWord("AND") || isWord("OR")) {
      throw fault(start, "something to look for is missing before this");
    }
    if (peek() == '(') {
      position++;
      Query inner = either();
      if (atEnd()) {
        throw fault(start, "this '(' is not closed");
      }
      position++;
      blanks();
      return inner;
    }
    if (peek() == ')') {
      throw fault(start, "something to look for is missing before this");
    }
    return clause();
  }

  private Query clause() throws QuerySyntaxException {
    int start = position;
    int end = position;
    while (end < text.length() && Character.isLetter(text.charAt(end))) {
      end++;
    }
    Query query;
    if (end > start && end < text.length() && text.charAt(end) == ':') {
      Field field = field(start, text.substring(start, end));
      position = end + 1;
      if (atEnd() || Character.isWhitespace(peek())) {
        throw fault(position, "a value must follow '%s:'".formatted(field));
      }
      query = value(field);
    } else {
      int at = position;
      Token token = token();
      if (token.text.isEmpty()) {
        throw fault(at, "empty text");
      }
      query = new Free(Field.folded(token.text), token.wildcards);
    }
    blanks();
    return query;
  }

  private Field field(int at, String name) throws QuerySyntaxException {
    return Field.named(name)
        .orElseThrow(
            () ->
                fault(
                    at,
                    "no field '%s'; there are %s"
                        .formatted(
                            name,
                            Arrays.stream(Field.values())
                                .map(Field::toString)
                                .collect(Collectors.joining(", ")))));
  }

  private Query value(Field field) throws QuerySyntaxException {
    return switch (field.type()) {
      case WORD -> word(field);
      case PERMISSIONS -> permissions();
      case NUMBER, RANGE -> numbers(field);
    };
  }

  private Query word(Field field) throws QuerySyntaxException {
    int at = position;
    Token token = token();
    if (token.text.isEmpty()) {
      throw fault(at, "empty text");
    }
    return new Word(field, Field.folded(token.text), token.wildcards);
  }

  /** {@code wx}: both set. {@code r-x}: as {@code ls} would show it, the dash for what is clear. */
  private Query permissions() throws QuerySyntaxException {
    int at = position;
    String wanted = token().text;
    StringBuilder set = new StringBuilder();
    StringBuilder clear = new StringBuilder();
    for (int i = 0; i < wanted.length(); i++) {
      char letter = wanted.charAt(i);
      if (letter == '-') {
        if (i >= 3) {
          throw fault(at + i, "a dash stands for r, w or x, in this order");
        }
        clear.append(PERMISSION_LETTERS.charAt(i));
      } else if (PERMISSION_LETTERS.indexOf(letter) >= 0) {
        set.append(letter);
      } else {
        throw fault(at + i, "'%c' is no permission; there are r w x u p s".formatted(letter));
      }
    }
    return new Allowed(set.toString(), clear.toString());
  }

  private Query numbers(Field field) throws QuerySyntaxException {
    int at = position;
    if (peek() == '[') {
      position++;
      blanks();
      long from = number(position, bare());
      blanks();
      if (!takeWord("TO")) {
        throw fault(position, "a range is written [FROM TO TO]");
      }
      long to = number(position, bare());
      blanks();
      if (atEnd() || peek() != ']') {
        throw fault(position, "']' is missing");
      }
      position++;
      return span(field, at, from, to);
    }
    String token = bare();
    int dots = token.indexOf(RANGE);
    if (dots < 0) {
      long value = number(at, token);
      return new Span(field, value, value);
    }
    long from = dots == 0 ? 0 : number(at, token.substring(0, dots));
    String rest = token.substring(dots + RANGE.length());
    long to = rest.isEmpty() ? -1 : number(at + dots + RANGE.length(), rest);
    return span(field, at, from, to);
  }

  private Query span(Field field, int at, long from, long to) throws QuerySyntaxException {
    if (Long.compareUnsigned(from, to) > 0) {
      throw fault(at, "the range ends before it begins");
    }
    return new Span(field, from, to);
  }

  private long number(int at, String digits) throws QuerySyntaxException {
    try {
      return digits.startsWith("0x") || digits.startsWith("0X")
          ? Long.parseUnsignedLong(digits.substring(2), 16)
          : Long.parseUnsignedLong(digits);
    } catch (NumberFormatException e) {
      throw fault(
          at,
          "'%s' is no number: 0x and up to 16 hexadecimal digits, or a decimal number"
              .formatted(digits));
    }
  }

  /** Characters up to a blank or a bracket. */
  private String bare() {
    int start = position;
    while (!atEnd() && !Character.isWhitespace(peek()) && "()[]\"".indexOf(peek()) < 0) {
      position++;
    }
    return text.substring(start, position);
  }

  /**
   * Text of a value.
   *
   * @param text where wildcards are meant, literal wildcards are escaped with a backslash
   * @param wildcards whether any are meant
   */
  private record Token(String text, boolean wildcards) {}

  private Token token() throws QuerySyntaxException {
    if (peek() == '"') {
      return quoted();
    }
    StringBuilder plain = new StringBuilder();
    StringBuilder escaped = new StringBuilder();
    boolean wildcards = false;
    while (!atEnd() && !Character.isWhitespace(peek()) && peek() != '(' && peek() != ')') {
      char c = text.charAt(position++);
      if (c == '\\') {
        if (atEnd()) {
          throw fault(position - 1, "a character must follow the backslash");
        }
        c = text.charAt(position++);
        plain.append(c);
        escaped.append('\\').append(c);
        continue;
      }
      wildcards |= c == '*' || c == '?';
      plain.append(c);
      escaped.append(c);
    }
    return new Token(wildcards ? escaped.toString() : plain.toString(), wildcards);
  }

  private Token quoted() throws QuerySyntaxException {
    int start = position++;
    StringBuilder inside = new StringBuilder();
    while (!atEnd() && peek() != '"') {
      if (peek() == '\\' && position + 1 < text.length()) {
        position++;
      }
      inside.append(text.charAt(position++));
    }
    if (atEnd()) {
      throw fault(start, "this quote is not closed");
    }
    position++;
    return new Token(inside.toString(), false);
  }

  private boolean takeWord(String word) {
    if (!isWord(word)) {
      return false;
    }
    position += word.length();
    blanks();
    return true;
  }

  private boolean isWord(String word) {
    int end = position + word.length();
    return text.startsWith(word, position)
        && (end == text.length()
            || Character.isWhitespace(text.charAt(end))
            || text.charAt(end) == '(');
  }

  private void blanks() {
    while (!atEnd() && Character.isWhitespace(peek())) {
      position++;
    }
  }

  private boolean atEnd() {
    return position >= text.length();
  }

  private char peek() {
    return text.charAt(position);
  }

  private QuerySyntaxException fault(int at, String what) {
    return new QuerySyntaxException(text, Math.min(at, text.length()), what);
  }
}
