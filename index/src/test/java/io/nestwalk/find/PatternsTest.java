package io.nestwalk.find;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PatternsTest {

  private static String bytes(int... values) {
    StringBuilder text = new StringBuilder();
    for (int value : values) {
      text.append((char) value);
    }
    return text.toString();
  }

  private static List<String> scan(Patterns patterns, String block) {
    List<String> found = new ArrayList<>();
    patterns
        .scanner()
        .scan(
            block,
            0,
            (start, length, pattern) ->
                found.add("%d+%d %s".formatted(start, length, patterns.encoding(pattern))));
    return found;
  }

  @Test
  void textIsFoundInEachEncoding() throws Exception {
    String wide =
        new String("key".getBytes(StandardCharsets.UTF_16LE), StandardCharsets.ISO_8859_1);
    assertThat(scan(new Patterns().text("key"), "..key." + wide))
        .containsExactlyInAnyOrder("2+3 ascii", "6+6 utf-16le");
    assertThat(scan(new Patterns().text("é"), bytes('x', 0xc3, 0xa9, 0xe9, 0)))
        .containsExactlyInAnyOrder("1+2 utf-8", "3+2 utf-16le");
  }

  @Test
  void hexMayHaveWildcardsForBytesAndDigits() throws Exception {
    String block = bytes(0x48, 0x8b, 0x05, 0xc3, 0x48, 0x8b, 0xff, 0xc3, 0x48, 0x8c, 0, 0xc3);
    assertThat(scan(new Patterns().hex("48 8b ?? c3"), block))
        .containsExactly("0+4 hex", "4+4 hex");
    assertThat(scan(new Patterns().hex("?8 8? ?? C3"), block))
        .containsExactly("0+4 hex", "4+4 hex", "8+4 hex");
  }

  @ParameterizedTest
  @CsvSource({"4g,column 2", "4,two", "'',two", "?? 4?,no byte"})
  void wrongHexIsRefused(String hex, String reason) {
    assertThatExceptionOfType(PatternException.class)
        .isThrownBy(() -> new Patterns().hex(hex))
        .withMessageContaining(reason);
  }

  @Test
  void expressionsAreOverBytes() throws Exception {
    assertThat(scan(new Patterns().regex("\\xff[a-c]+\\x00"), bytes('a', 0xff, 'b', 'c', 0, 'z')))
        .containsExactly("1+4 regex");
    assertThatExceptionOfType(PatternException.class).isThrownBy(() -> new Patterns().regex("(a"));
    assertThatExceptionOfType(PatternException.class)
        .isThrownBy(() -> new Patterns().regex("a*"))
        .withMessageContaining("matches no bytes");
  }

  /** What brings a backtracking matcher to its knees takes no time here. */
  @Test
  void anExpressionCannotRunAway() throws Exception {
    assertThat(scan(new Patterns().regex("(a+)+b"), "a".repeat(100_000))).isEmpty();
  }

  @Test
  void aFileHasAPatternALine() throws Exception {
    Patterns patterns = new Patterns();
    for (String line : List.of("# remark", "", "plain", "hex:00ff", "text:#1", "regex:x[0-9]")) {
      patterns.line(line);
    }
    assertThat(scan(patterns, "plain" + bytes(0, 0xff) + "#1x7"))
        .containsExactlyInAnyOrder("0+5 ascii", "5+2 hex", "7+2 ascii", "9+2 regex");
  }

  /** A few needles are looked for one by one, many by an automaton: both find the same. */
  @Test
  void manyNeedlesAgreeWithAnExhaustiveSearch() throws Exception {
    Random random = new Random(11);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      text.append((char) random.nextInt(4));
    }
    String block = text.toString();
    for (int count : new int[] {3, 60}) {
      Patterns patterns = new Patterns();
      Set<String> expected = new TreeSet<>();
      for (int i = 0; i < count; i++) {
        String hex = hex(random);
        patterns.hex(hex);
        exhaustive(block, hex, i, expected);
      }
      Set<String> found = new TreeSet<>();
      patterns
          .scanner()
          .scan(block, 0, (start, length, pattern) -> found.add(start + " " + pattern));
      assertThat(found).isEqualTo(expected).isNotEmpty();
    }
  }

  private static String hex(Random random) {
    StringBuilder hex = new StringBuilder("0" + random.nextInt(4));
    for (int j = 0; j < 2 + random.nextInt(4); j++) {
      hex.append(random.nextInt(4) == 0 ? "??" : "0" + random.nextInt(4));
    }
    return hex.toString();
  }

  private static void exhaustive(String block, String hex, int number, Set<String> expected) {
    for (int at = 0; at + hex.length() / 2 <= block.length(); at++) {
      boolean matches = true;
      for (int j = 0; j < hex.length() / 2 && matches; j++) {
        char wanted = hex.charAt(2 * j + 1);
        matches = wanted == '?' || block.charAt(at + j) == wanted - '0';
      }
      if (matches) {
        expected.add(at + " " + number);
      }
    }
  }
}
