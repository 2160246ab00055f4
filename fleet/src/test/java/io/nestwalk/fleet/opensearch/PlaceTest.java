package io.nestwalk.fleet.opensearch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.nestwalk.cli.Nestwalk;
import io.nestwalk.fleet.FleetJob;
import io.nestwalk.index.IndexStore;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.config.Configurator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/** Where an index may be, and what is never said of it. */
class PlaceTest {

  private static final String SECRET = "hunter2";

  @Test
  void aPlaceHasANameAndMaybeAnImage() {
    OpenSearchPlace all = OpenSearchPlace.of(URI.create("https://search.example/winter"));
    assertThat(all.index()).isEqualTo("nestwalk-winter");
    assertThat(all.image()).isEmpty();
    assertThat(all).hasToString("https://search.example:9200/winter");
    OpenSearchPlace one = OpenSearchPlace.of(URI.create("http://[::1]:9201/w/a.raw-1"));
    assertThat(one.image()).contains("a.raw-1");
    assertThat(one.port()).isEqualTo(9201);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://search.example/winter",
        "https://search.example",
        "https://search.example/",
        "https://search.example/Winter",
        "https://search.example/_all",
        "https://search.example/a*",
        "https://search.example/a,b",
        "https://search.example/a/b/c",
        "https://search.example/a/../b",
        "https://search.example/a?pretty",
        "https:/winter"
      })
  void whatIsNoPlaceIsRefused(String text) {
    assertThatThrownBy(() -> OpenSearchPlace.of(URI.create(text)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://admin:hunter2@search.example/winter",
        "https://admin:hunter2 @search.example/winter",
        "other://admin:hunter2@search.example/winter"
      })
  void aPasswordInAPlaceIsRefusedAndNotSaid(String text) {
    StringWriter said = new StringWriter();
    PrintWriter out = new PrintWriter(said);
    assertThat(Nestwalk.run(out, out, "search", text, "kind:machine")).isEqualTo(2);
    assertThat(Nestwalk.run(out, out, "index", "no.raw", "--into", text)).isEqualTo(2);
    assertThat(
            new CommandLine(new FleetJob())
                .setErr(out)
                .setOut(out)
                .execute("--images", "file:/none", "--out", "file:/none", "--into", text))
        .isEqualTo(2);
    assertThat(said.toString()).doesNotContain(SECRET);
    if (!text.contains(" ")) {
      assertThatThrownBy(() -> IndexStore.at(URI.create(text))).message().doesNotContain(SECRET);
    }
  }

  /** The client of HTTP logs whole headers at its finest. */
  @Test
  void noLogGetsCredentials() {
    Credentials.requireSilence(name -> name.startsWith("org.opensearch"));
    for (String name : Credentials.SHOWING) {
      assertThatThrownBy(() -> Credentials.requireSilence(name::equals))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(name + " is logged at DEBUG");
    }
  }

  @Test
  void aClusterIsNotAskedWhileALogWouldGetCredentials() {
    assumeThat(LoggerFactory.getILoggerFactory().getClass().getName()).contains("log4j");
    Map<String, String> known = Map.of(Credentials.TOKEN, SECRET);
    OpenSearchPlace place = OpenSearchPlace.of(URI.create("https://search.example/winter"));
    String headers = Credentials.SHOWING.getFirst();
    Level level = LogManager.getLogger(headers).getLevel();
    Configurator.setLevel(headers, Level.DEBUG);
    try {
      assertThatThrownBy(() -> new Cluster(place, Credentials.of(known), Duration.ZERO))
          .isInstanceOf(IllegalArgumentException.class)
          .message()
          .contains("is logged at DEBUG")
          .doesNotContain(SECRET);
    } finally {
      Configurator.setLevel(headers, level);
    }
  }

  @Test
  void credentialsAreWholeAndSayNothing() {
    Credentials both =
        Credentials.of(Map.of(Credentials.USER, "admin", Credentials.PASSWORD, SECRET));
    assertThat(both.authorization()).contains("Basic YWRtaW46aHVudGVyMg==");
    assertThat(both).hasToString("credentials");
    assertThat(Credentials.of(Map.of(Credentials.TOKEN, SECRET)).authorization())
        .contains("Bearer hunter2");
    assertThat(Credentials.of(Map.of()).authorization()).isEmpty();
    assertThatThrownBy(() -> Credentials.of(Map.of(Credentials.PASSWORD, SECRET)))
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .contains(Credentials.USER)
        .doesNotContain(SECRET);
    assertThatThrownBy(() -> Credentials.of(Map.of(Credentials.TOKEN, SECRET + "\nX: y")))
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .doesNotContain(SECRET);
  }
}
