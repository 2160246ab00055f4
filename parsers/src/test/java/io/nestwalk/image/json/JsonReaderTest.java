package io.nestwalk.image.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {

  @Test
  void valuesOfAllKinds() throws Exception {
    JsonObject object =
        read(
            """
             {"text": "a\\"b\\u0041\\/", "number": -12, "fraction": 1.5e3, "large": 99999999999999999999,
             "list": [{"x": 1}, 2, {"x": 3}, []], "object": {"inner": true}, "no": null}\
            """);
    assertThat(object.text("text")).isEqualTo("a\"bA/");
    assertThat(object.number("number", 0)).isEqualTo(-12);
    assertThat(object.number("fraction", 5)).isEqualTo(5);
    assertThat(object.number("large", 5)).isEqualTo(5);
    assertThat(object.objects("list")).extracting(o -> o.number("x", 0)).containsExactly(1L, 3L);
    assertThat(object.object("object").members()).containsEntry("inner", true);
    assertThat(object.text("absent")).isEmpty();
    assertThat(object.objects("text")).isEmpty();
    assertThat(object.object("list")).isNull();
  }

  @Test
  void namesAreFitToBeShown() throws Exception {
    JsonObject object = read("{\"a\": \"x\\ny\\u001b[31m\", \"b\": \"" + "z".repeat(1000) + "\"}");
    assertThat(object.text("a")).isEqualTo("x?y?[31m");
    assertThat(object.text("b")).hasSize(255);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[1]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\": 1,}",
        "{\"a\": tru}",
        "{\"a\": \"\\x\"}",
        "{\"a\": \"\\u12g4\"}",
        "{\"a\": \"open}",
        "{\"a\": [1, 2}",
        "{\"a\": 1} more",
        "{a: 1}"
      })
  void malformedTextIsSaidToBe(String text) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(JsonReader.MalformedException.class)
        .hasMessageContaining("of the JSON text");
  }

  @Test
  void depthAndNumberAreBounded() {
    assertThatThrownBy(() -> read("{\"a\":" + "[".repeat(70)))
        .isInstanceOf(JsonReader.MalformedException.class)
        .hasMessageContaining("levels");
    assertThatThrownBy(() -> read("{\"a\":[" + "1,".repeat(1_000_001) + "1]}"))
        .isInstanceOf(JsonReader.MalformedException.class)
        .hasMessageContaining("values");
  }

  private static JsonObject read(String text) throws JsonReader.MalformedException {
    return JsonReader.read(text.getBytes(StandardCharsets.UTF_8));
  }
}
