package io.nestwalk.index;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any text is a query or a syntax error that points into it. */
class QueryParserFuzzTest {

  static Stream<byte[]> queries() {
    return Stream.of(
            "name:sshd machine:vm1 OR (va:0x7f00-0x7fff AND NOT kind:process)",
            "\"two words\" path:/usr/bin/* pid:1-20",
            "gpa:0xffffffffffffffff hpa:4096 flags:rwx NOT(machine:vm1)")
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("queries")
  @FuzzTest
  void parses(byte[] bytes) {
    if (bytes == null) {
      return;
    }
    String text = new String(bytes, StandardCharsets.UTF_8);
    try {
      if (QueryParser.parse(text).toString().isEmpty()) {
        throw new AssertionError("a query of nothing");
      }
    } catch (QuerySyntaxException e) {
      if (e.getMessage() == null || e.getMessage().isBlank()) {
        throw new AssertionError(e);
      }
    }
  }
}
