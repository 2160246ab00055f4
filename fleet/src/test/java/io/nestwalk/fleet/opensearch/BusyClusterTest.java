package io.nestwalk.fleet.opensearch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.nestwalk.answer.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster that has too much to do, breaks off or knows nobody. */
class BusyClusterTest {

  private static final String SECRET = "hunter2";

  @TempDir private Path folder;
  private HttpServer server;

  @AfterEach
  void end() {
    if (server != null) {
      server.stop(0);
    }
  }

  /** What the cluster does with a request, by its number from 1. */
  private interface Conduct {
    void answer(int number, List<String> lines, HttpExchange exchange) throws IOException;
  }

  private Cluster cluster(Conduct conduct, Map<String, String> environment) throws Exception {
    if (server == null) {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }
    AtomicInteger number = new AtomicInteger();
    server.createContext(
        "/",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          conduct.answer(number.incrementAndGet(), body.lines().toList(), exchange);
          exchange.close();
        });
    server.start();
    String scheme = server instanceof HttpsServer ? "https" : "http";
    URI place =
        URI.create("%s://127.0.0.1:%d/busy/a".formatted(scheme, server.getAddress().getPort()));
    return new Cluster(
        OpenSearchPlace.of(place), Credentials.of(environment), Duration.ofSeconds(20));
  }

  private static void say(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  private static String items(List<String> lines, int every, int status) {
    ObjectNode answer = Json.object();
    ArrayNode items = answer.putArray("items");
    for (int i = 0; i < lines.size() / 2; i++) {
      ObjectNode item = items.addObject().putObject("index");
      item.put("status", every > 0 && i % every == 0 ? status : 201);
      if (every > 0 && i % every == 0) {
        item.putObject("error").put("type", "rejected").put("reason", "queue is full");
      }
    }
    return answer.toString();
  }

  @Test
  void whatIsRefusedIsSentAgainAndNothingElse() throws Exception {
    List<Integer> sizes = new ArrayList<>();
    Conduct conduct =
        (number, lines, exchange) -> {
          sizes.add(lines.size() / 2);
          switch (number) {
            case 1 -> say(exchange, 429, "{\"error\":{\"reason\":\"too much\"}}");
            case 2 -> say(exchange, 200, items(lines, 3, 429));
            case 3 -> say(exchange, 413, "<html>too large</html>");
            case 4 -> {} // closes the connection
            default -> say(exchange, 200, items(lines, 0, 201));
          }
        };
    try (Cluster cluster = cluster(conduct, Map.of())) {
      Bulk bulk = new Bulk(cluster);
      for (int i = 0; i < 9; i++) {
        bulk.add("id" + i, Json.object().put("n", i));
      }
      bulk.flush();
    }
    // All, all; the three refused; too many at once: one, once more, and the others one by one.
    assertThat(sizes).containsExactly(9, 9, 3, 1, 1, 1, 1);
  }

  /** Each time that the cluster has too much to do it gets half, and more when it is better. */
  @Test
  void aClusterThatHasTooMuchToDoGetsSmallerRequests() throws Exception {
    List<Integer> sizes = new ArrayList<>();
    Conduct conduct =
        (number, lines, exchange) -> {
          sizes.add(lines.size() / 2);
          if (lines.size() / 2 > 10) {
            say(exchange, 429, "{\"error\":{\"reason\":\"too much\"}}");
          } else {
            say(exchange, 200, items(lines, 0, 201));
          }
        };
    String text = "x".repeat(15_000);
    try (Cluster cluster = cluster(conduct, Map.of())) {
      Bulk bulk = new Bulk(cluster);
      for (int i = 0; i < 40; i++) {
        bulk.add("id" + i, Json.object().put("n", text));
      }
      bulk.flush();
    }
    assertThat(sizes).startsWith(40, 20, 10, 19, 9);
    assertThat(sizes.stream().filter(size -> size <= 10).mapToInt(size -> size).sum())
        .isEqualTo(40);
  }

  @Test
  void whatIsRefusedIsSaidInOneLine() throws Exception {
    List<String> pages =
        List.of(
            "{\"error\":{\"reason\":\"no such\\nfield\\u001b[31m\","
                + "\"caused_by\":{\"reason\":\"a cause\"}}}",
            "<html><style>a {}</style>\n<h1>Too\u202e much</h1></html>",
            "{\"error\":\"plain\"}",
            "");
    Conduct conduct = (number, lines, exchange) -> say(exchange, 400, pages.get(number - 1));
    try (Cluster cluster = cluster(conduct, Map.of())) {
      for (String line :
          List.of("400 no such field [31m: a cause", "400 Too much", "400 plain", "400")) {
        assertThatThrownBy(() -> cluster.ask("GET", "/a", null))
            .hasMessage(cluster.place() + ": " + line);
      }
    }
  }

  @Test
  void whoIsNotAllowedToIsToldWhat() throws Exception {
    Conduct conduct =
        (number, lines, exchange) ->
            say(exchange, 403, "{\"error\":{\"reason\":\"no permissions for [bulk]\"}}");
    try (Cluster cluster = cluster(conduct, Map.of())) {
      assertThatThrownBy(() -> cluster.ask("GET", "/a", null))
          .hasMessageContaining("403 no permissions for [bulk]: the cluster does not allow it");
    }
  }

  /** A place that has moved has done nothing of what was asked. */
  @Test
  void whatIsElsewhereIsNoSuccess() throws Exception {
    Conduct conduct = (number, lines, exchange) -> say(exchange, 302, "{\"found\":true}");
    try (Cluster cluster = cluster(conduct, Map.of())) {
      assertThatThrownBy(() -> cluster.ask("POST", "/a", Json.object()))
          .hasMessage(cluster.place() + ": 302");
    }
  }

  /** A cluster at work on a deletion is asked how far it is, also when it lost it on the way. */
  @Test
  void aDeletionIsWaitedFor() throws Exception {
    List<String> asked = new ArrayList<>();
    Conduct conduct =
        (number, lines, exchange) -> {
          String what = exchange.getRequestURI().getPath().replaceFirst(".*/", "");
          asked.add(what);
          switch (what) {
            case "_count" ->
                say(
                    exchange,
                    200,
                    "{\"count\":%d}".formatted(3 - asked.stream().filter("t:1"::equals).count()));
            case "_delete_by_query" -> {
              assertThat(exchange.getRequestURI().getQuery()).contains("wait_for_completion=false");
              say(exchange, 200, "{\"task\":\"t:1\"}");
            }
            case "t:1" -> {
              switch (asked.size()) {
                case 3 ->
                    say(
                        exchange,
                        200,
                        "{\"completed\":false,\"task\":{\"status\":{\"deleted\":1}}}");
                case 4 -> say(exchange, 404, "{}");
                default -> say(exchange, 200, "{\"completed\":true,\"response\":{}}");
              }
            }
            default -> say(exchange, 200, "{}");
          }
        };
    try (Cluster cluster = cluster(conduct, Map.of())) {
      Deletion.of(cluster, Json.object());
    }
    assertThat(asked)
        .containsExactly(
            "_count",
            "_delete_by_query",
            "t:1",
            "t:1",
            "_refresh",
            "_count",
            "_delete_by_query",
            "t:1",
            "_refresh",
            "_count");
  }

  @Test
  void whatCanNotBeTakenAwayEndsTheWork() throws Exception {
    Conduct conduct =
        (number, lines, exchange) ->
            say(
                exchange,
                200,
                "{\"count\":1,\"task\":\"t:1\",\"completed\":true,"
                    + "\"response\":{\"failures\":[{\"cause\":\"blocked\"}]}}");
    try (Cluster cluster = cluster(conduct, Map.of())) {
      assertThatThrownBy(() -> Deletion.of(cluster, Json.object()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("blocked");
    }
  }

  @Test
  void aDocumentThatIsNoneEndsTheWork() throws Exception {
    try (Cluster cluster =
        cluster((n, lines, exchange) -> say(exchange, 200, items(lines, 2, 400)), Map.of())) {
      Bulk bulk = new Bulk(cluster);
      bulk.add("a", Json.object());
      assertThatThrownBy(bulk::flush)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("a document is refused: 400 queue is full");
    }
  }

  @Test
  void sayWhoAsksOverTlsAndNotInAMessage() throws Exception {
    Path keys = folder.resolve("keys.p12");
    Path certificate = folder.resolve("ca.pem");
    keytool("-genkeypair", "-keyalg", "EC", "-dname", "CN=test", "-ext", "san=ip:127.0.0.1", keys);
    keytool("-exportcert", "-rfc", "-file", certificate.toString(), keys);
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys)) {
      store.load(in, "changeit".toCharArray());
    }
    KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    own.init(store, "changeit".toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own.getKeyManagers(), null, null);
    HttpsServer https =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    https.setHttpsConfigurator(new HttpsConfigurator(context));
    server = https;
    Conduct conduct =
        (number, lines, exchange) ->
            say(
                exchange,
                "Bearer hunter2".equals(exchange.getRequestHeaders().getFirst("Authorization"))
                        && number == 1
                    ? 200
                    : 401,
                "{\"a\":1}");
    Map<String, String> known =
        Map.of(Credentials.TOKEN, SECRET, Credentials.AUTHORITIES, certificate.toString());
    try (Cluster cluster = cluster(conduct, known)) {
      assertThat(cluster.ask("GET", "/", null).path("a").asInt()).isEqualTo(1);
      assertThatThrownBy(() -> cluster.ask("GET", "/", null))
          .hasMessageContaining("401")
          .hasMessageContaining(Credentials.TOKEN)
          .message()
          .doesNotContain(SECRET);
      // Whom nobody vouches for is told nothing, and at once.
      OpenSearchPlace place = cluster.place();
      try (Cluster unknown =
          new Cluster(
              place, Credentials.of(Map.of(Credentials.TOKEN, SECRET)), Duration.ofMinutes(5))) {
        long begin = System.nanoTime();
        assertThatThrownBy(() -> unknown.ask("GET", "/", null)).isInstanceOf(IOException.class);
        assertThat(System.nanoTime() - begin).isLessThan(Duration.ofMinutes(1).toNanos());
      }
    }
  }

  private void keytool(Object... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    Arrays.stream(arguments, 0, arguments.length - 1).map(Object::toString).forEach(command::add);
    command.addAll(List.of("-alias", "a", "-storepass", "changeit", "-keystore"));
    command.add(arguments[arguments.length - 1].toString());
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("keytool.log").toFile())
            .start();
    assertThat(process.waitFor()).isZero();
  }
}
