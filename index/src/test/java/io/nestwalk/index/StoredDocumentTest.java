package io.nestwalk.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents are passed on as an index keeps them, but never what would be something else. */
class StoredDocumentTest {

  @Test
  void aDocumentIsPassedOnAsItStands() throws Exception {
    String text = "{\"type\":\"machine\",\"name\":\"\\u001b\\udc80é\",\"list\":[{},[1.5,null]]}";
    assertThat(written(text)).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "5",
        "[]",
        "{\"a\":1",
        "{\"a\":1}}",
        "{\"a\":1}]}",
        "{\"a\":1}{\"b\":2}",
        "{\"a\":1,}",
        " {\"a\":1}",
        "{\"a\":\n1}",
        "{\"a\":\"\u001b[31m\"}",
        "{\"a\":\"\u0000\"}",
        "\ufeff{\"a\":1}"
      })
  void whatIsNotOneObjectOnOneLineIsDamaged(String text) {
    assertThatExceptionOfType(IOException.class).isThrownBy(() -> written(text));
  }

  private static String written(String text) throws IOException {
    byte[] bytes = ("#" + text + "#").getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    StoredDocument.of(bytes, 1, bytes.length - 2).writeTo(out);
    return out.toString(StandardCharsets.UTF_8);
  }
}
