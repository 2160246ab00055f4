package io.nestwalk.symbols;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes as a symbol file: types and symbols, or refused with an {@link IOException}. */
class IsfReaderFuzzTest {

  private static final List<String> STRUCTS = List.of("outer", "loop", "inner", "list_head", "");
  private static final List<String> PATHS = List.of("next", "links", "flag", "head.next", "kind");

  static Stream<byte[]> files() {
    return Stream.of(SymbolFileTest.FILE.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("files")
  @FuzzTest
  void reads(byte[] bytes) {
    if (bytes == null) {
      return;
    }
    try {
      SymbolFile file = new IsfReader("test").read(new ByteArrayInputStream(bytes));
      for (String name : STRUCTS) {
        file.types().find(name).ifPresent(layout -> PATHS.forEach(layout::find));
      }
      file.linkedSymbols().address("_text").ifPresent(at -> file.linkedSymbols().at(at));
    } catch (IOException e) {
      if (e.getMessage() == null) {
        throw new AssertionError(e);
      }
    }
  }
}
