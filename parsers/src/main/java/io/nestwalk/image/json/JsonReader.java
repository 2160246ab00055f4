package io.nestwalk.image.json;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads JSON that comes from a dump, such as a stream's description (RFC 8259): so its depth and
 * the number of its values are bounded.
 */
public final class JsonReader {

  /** Real descriptions have about ten levels. */
  private static final int MAX_DEPTH = 64;

  /** Those of a machine with a thousand CPUs have half of it. */
  private static final int MAX_VALUES = 1_000_000;

  /** What is wrong with a text, and where. */
  public static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedException(String what, int position) {
      super("%s at %d of the JSON text".formatted(what, position));
    }
  }

  private final byte[] text;
  private int position;
  private int values;

  private JsonReader(byte[] text) {
    this.text = text;
  }

  /**
   * The object that the text consists of.
   *
   * @throws MalformedException when it is none, or larger than any plausible one
   */
  public static JsonObject read(byte[] text) throws MalformedException {
    JsonReader reader = new JsonReader(text);
    Object value = reader.value(0);
    if (!(value instanceof JsonObject object)) {
      throw new MalformedException("no object", 0);
    }
    reader.skipSpace();
    if (reader.position != text.length) {
      throw reader.malformed("more behind the object");
    }
    return object;
  }

  private Object value(int depth) throws MalformedException {
    if (depth > MAX_DEPTH) {
      throw malformed("more than %d levels".formatted(MAX_DEPTH));
    }
    if (++values > MAX_VALUES) {
      throw malformed("more than %d values".formatted(MAX_VALUES));
    }
    skipSpace();
    return switch (peek()) {
      case '{' -> object(depth);
      case '[' -> list(depth);
      case '"' -> string();
      case 't' -> word("true", true);
      case 'f' -> word("false", false);
      case 'n' -> word("null", null);
      default -> number();
    };
  }

  private JsonObject object(int depth) throws MalformedException {
    Map<String, Object> members = new HashMap<>();
    expect('{');
    skipSpace();
    if (peek() == '}') {
      position++;
      return new JsonObject(members);
    }
    while (true) {
      skipSpace();
      String name = string();
      skipSpace();
      expect(':');
      members.put(name, value(depth + 1));
      skipSpace();
      if (peek() != ',') {
        expect('}');
        return new JsonObject(members);
      }
      position++;
    }
  }

  private List<Object> list(int depth) throws MalformedException {
    List<Object> elements = new ArrayList<>();
    expect('[');
    skipSpace();
    if (peek() == ']') {
      position++;
      return elements;
    }
    while (true) {
      elements.add(value(depth + 1));
      skipSpace();
      if (peek() != ',') {
        expect(']');
        return elements;
      }
      position++;
    }
  }

  private String string() throws MalformedException {
    expect('"');
    int start = position;
    while (peek() != '"' && peek() != '\\') {
      position++;
    }
    if (peek() == '"') {
      return new String(text, start, position++ - start, StandardCharsets.UTF_8);
    }
    StringBuilder decoded =
        new StringBuilder(new String(text, start, position - start, StandardCharsets.UTF_8));
    while (peek() != '"') {
      int c = peek();
      position++;
      decoded.append(c == '\\' ? escape() : (char) c);
    }
    position++;
    return decoded.toString();
  }

  private char escape() throws MalformedException {
    int c = peek();
    position++;
    return switch (c) {
      case '"', '\\', '/' -> (char) c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        int code = 0;
        for (int i = 0; i < 4; i++) {
          int digit = Character.digit(peek(), 16);
          if (digit < 0) {
            throw malformed("no hexadecimal digit");
          }
          code = code << 4 | digit;
          position++;
        }
        yield (char) code;
      }
      default -> throw malformed("an unknown escape");
    };
  }

  /** A number of 64 bits, unsigned ones included; one that is not whole or larger is read over. */
  private Long number() throws MalformedException {
    int start = position;
    boolean whole = true;
    while (position < text.length && "+-.0123456789eE".indexOf(text[position]) >= 0) {
      whole &= text[position] == '-' || Character.isDigit(text[position]);
      position++;
    }
    if (position == start) {
      throw malformed("no value");
    }
    try {
      String digits = new String(text, start, position - start, StandardCharsets.US_ASCII);
      if (!whole) {
        return null;
      }
      return digits.startsWith("-") ? Long.parseLong(digits) : Long.parseUnsignedLong(digits);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private Object word(String word, Object value) throws MalformedException {
    for (int i = 0; i < word.length(); i++) {
      expect(word.charAt(i));
    }
    return value;
  }

  private void skipSpace() {
    while (position < text.length
        && (text[position] == ' '
            || text[position] == '\n'
            || text[position] == '\r'
            || text[position] == '\t')) {
      position++;
    }
  }

  private int peek() throws MalformedException {
    if (position >= text.length) {
      throw malformed("the text ends");
    }
    return Byte.toUnsignedInt(text[position]);
  }

  private void expect(char c) throws MalformedException {
    if (peek() != c) {
      throw malformed("no '%c'".formatted(c));
    }
    position++;
  }

  private MalformedException malformed(String what) {
    return new MalformedException(what, position);
  }
}
