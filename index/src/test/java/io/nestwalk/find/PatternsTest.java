package io.nestwalk.find;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.nestwalk.image.MappedMemory;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.PhysicalMemory;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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
            Block.of(block),
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

  /**
   * A few needles are looked for one by one, many together, those whose bytes are rare by these:
   * all find the same.
   */
  @ParameterizedTest
  @CsvSource({
    "3,4,2,0",
    "3,4,2,7",
    "60,4,2,0",
    "3,200,2,9",
    "8,200,2,0",
    "60,200,5,0",
    "60,16,9,33",
    "900,200,9,3"
  })
  void needlesAgreeWithAnExhaustiveSearch(int count, int values, int shortest, int from)
      throws Exception {
    Random random = new Random(11);
    byte[] text = new byte[20_000];
    for (int i = 0; i < text.length; i++) {
      text[i] = (byte) (random.nextInt(3) == 0 ? 0 : random.nextInt(values));
    }
    String block = new String(text, StandardCharsets.ISO_8859_1);
    Patterns patterns = new Patterns();
    Set<String> expected = new TreeSet<>();
    for (int i = 0; i < count; i++) {
      String hex = hex(random, text, shortest);
      patterns.hex(hex);
      exhaustive(block, from, hex, i, expected);
    }
    PhysicalMemory memory =
        MappedMemory.of(MemorySegment.ofArray(text), List.of(new MemoryRun(0, text.length, 0)));
    for (ByteCounts counts : List.of(ByteCounts.UNKNOWN, ByteCounts.in(memory))) {
      Set<String> found = new TreeSet<>();
      patterns
          .scanner(counts)
          .scan(
              Block.of(block), from, (start, length, pattern) -> found.add(start + " " + pattern));
      assertThat(found).isEqualTo(expected).isNotEmpty();
    }
  }

  /** Many patterns that are alike: making what looks for them takes no longer for that. */
  @Test
  @Timeout(20)
  void manyPatternsThatAreAlike() throws Exception {
    Patterns patterns = new Patterns();
    int count = 200_000;
    for (int i = 0; i < count; i++) {
      patterns.hex("4142434445464748494a4b4c4d4e4f50??%06x".formatted(i));
    }
    List<Needle> needles = patterns.needles();
    List<Integer> all = IntStream.range(0, count).boxed().toList();
    assertThat(GramScanner.of(needles, all.subList(0, 64), 1, 64)).isPresent();
    assertThat(GramScanner.of(needles, all.subList(0, 65), 1, 64)).isEmpty();
    assertThat(GramScanner.of(needles, all, 1, 64)).isEmpty();
  }

  /** What many have in common is not what they are known by. */
  @Test
  void patternsThatBeginOrEndAlike() throws Exception {
    Patterns patterns = new Patterns();
    for (int i = 0; i < 1_000; i++) {
      patterns.text("http://www.%06d.example.com/".formatted(i * 977));
    }
    List<Integer> ascii = IntStream.range(0, 1_000).map(i -> 2 * i).boxed().toList();
    assertThat(GramScanner.of(patterns.needles(), ascii, 1, 64)).isPresent();
    assertThat(scan(patterns, "x http://www.000977.example.com/ http://www.000978.example.com/"))
        .containsExactly("2+30 ascii");
  }

  /** At a border of two pages where none of these meet nothing is looked for. */
  @Test
  void pairsAgreeWithAnExhaustiveLook() throws Exception {
    for (String hex : List.of("41 42 43", "4? 42 ?3", "41 ?? 43", "41 ?? ?? 43", "41", "ff ff")) {
      String digits = hex.replace(" ", "");
      BitSet expected = new BitSet();
      for (int pair = 0; pair < 1 << 16; pair++) {
        String text = "%04x".formatted(pair);
        for (int at = 0; at + 4 <= digits.length(); at += 2) {
          if (text.matches(digits.substring(at, at + 4).replace('?', '.'))) {
            expected.set(pair);
          }
        }
      }
      assertThat(new Patterns().hex(hex).pairs()).as(hex).contains(expected);
    }
  }

  /** As long as a pattern may be, and nearly nothing of it known. */
  @Test
  @Timeout(10)
  void pairsOfALongPatternTakeNoTime() throws Exception {
    Patterns patterns =
        new Patterns().hex("41" + "??".repeat(65_000)).hex("4?".repeat(65_000) + "41");
    assertThat(patterns.pairs().orElseThrow().cardinality()).isEqualTo(1 << 16);
  }

  /** Bytes of the text, some of which may be anything. */
  private static String hex(Random random, byte[] text, int shortest) {
    int length = shortest + random.nextInt(4);
    int at = random.nextInt(text.length - length);
    StringBuilder hex = new StringBuilder("%02x".formatted(text[at] & 0xff));
    for (int j = 1; j < length; j++) {
      hex.append(
          length < 8 && random.nextInt(5) == 0 ? "??" : "%02x".formatted(text[at + j] & 0xff));
    }
    return hex.toString();
  }

  private static void exhaustive(
      String block, int from, String hex, int number, Set<String> expected) {
    for (int at = from; at + hex.length() / 2 <= block.length(); at++) {
      boolean matches = true;
      for (int j = 0; j < hex.length() / 2 && matches; j++) {
        String wanted = hex.substring(2 * j, 2 * j + 2);
        matches = wanted.equals("??") || block.charAt(at + j) == Integer.parseInt(wanted, 16);
      }
      if (matches) {
        expected.add(at + " " + number);
      }
    }
  }
}
