package io.nestwalk.fleet.table;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LosslessTextTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sshd",
        "",
        "a\\udc80 in letters",
        "\"quoted\"",
        "\"",
        "b\udc80c",
        "\udc80\\\n\"",
        "\ud800",
        "\ud83d\ude00 and \udcff",
        "\ud83d\ude00"
      })
  void comesBackAsItWas(String text) throws Exception {
    String stored = LosslessText.stored(text);
    assertThat(new String(stored.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
        .as("is UTF-8")
        .isEqualTo(stored);
    String back =
        stored.startsWith("\"") ? new ObjectMapper().readValue(stored, String.class) : stored;
    assertThat(back).isEqualTo(text);
  }
}
