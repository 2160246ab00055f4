package io.nestwalk.find;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any pattern, in any memory: it is refused, or what it finds lies in the memory. */
class PatternsFuzzTest {

  static Stream<byte[]> patterns() {
    return Stream.of(
            "0root\n..root and r\0o\0o\0t\0..",
            "148 8b ?? c3 4?\nH\u008b\5\u00c3",
            "2a+(b|c)*[0-9]{2,4}\naaabcb1234abc",
            "2(?i)\\x48.{0,3}\u00c3$\nHxx")
        .map(text -> text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @MethodSource("patterns")
  @FuzzTest
  void scans(byte[] bytes) {
    if (bytes == null || bytes.length == 0) {
      return;
    }
    String all = new String(bytes, 1, bytes.length - 1, StandardCharsets.ISO_8859_1);
    int line = all.indexOf('\n');
    String pattern = line < 0 ? all : all.substring(0, line);
    String memory = all.substring(line + 1);
    Patterns patterns = new Patterns();
    try {
      switch (bytes[0] % 3) {
        case 0 -> patterns.text(pattern);
        case 1 -> patterns.hex(pattern);
        default -> patterns.regex(pattern);
      }
    } catch (PatternException e) {
      return;
    }
    patterns
        .scanner()
        .scan(
            Block.of(memory),
            0,
            (start, length, found) -> {
              if (start < 0 || length < 0 || start + length > memory.length()) {
                throw new AssertionError("%d+%d of %d".formatted(start, length, memory.length()));
              }
              if (patterns.encoding(found).isEmpty()) {
                throw new AssertionError(found);
              }
            });
  }
}
