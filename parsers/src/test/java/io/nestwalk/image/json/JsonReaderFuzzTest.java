package io.nestwalk.image.json;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any text is an object or malformed. */
class JsonReaderFuzzTest {

  static Stream<byte[]> samples() {
    return Stream.of(
            "{\"page_size\": 4096, \"devices\": [{\"name\": \"cpu\", \"fields\": [{\"size\":"
                + " 8}]}]}",
            "{\"text\": \"a\\\"b\\u0041\\/\", \"number\": -12, \"x\": 1.5e3, \"no\": [null, true]}")
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("samples")
  @FuzzTest
  void reads(byte[] text) {
    if (text == null) {
      return;
    }
    try {
      if (JsonReader.read(text).members().containsKey(null)) {
        throw new AssertionError("a member without a name");
      }
    } catch (JsonReader.MalformedException e) {
      // As it should be.
    }
  }
}
