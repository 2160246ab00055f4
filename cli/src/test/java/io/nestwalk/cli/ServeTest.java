package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.nestwalk.serve.Server;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets an answer from the server, and that it is the commands' answer. */
class ServeTest {

  private static final String IMAGE = CommandRun.sample("kvm-npt.elf.zst");

  @TempDir private static Path work;
  private static ServedSample served;

  @BeforeAll
  static void serve() throws Exception {
    served = new ServedSample(Path.of(IMAGE));
    assertThat(temporaryFolders()).as("where the index is").isNotEmpty();
  }

  @AfterAll
  static void close() throws IOException {
    if (served != null) {
      served.close();
      assertThat(temporaryFolders()).as("the index is gone").isEmpty();
    }
  }

  /** Those of this process; other tests may run beside it. */
  private static List<String> temporaryFolders() throws IOException {
    String start = "nestwalk-serve-%d-".formatted(ProcessHandle.current().pid());
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.startsWith(start))
          .toList();
    }
  }

  private static String request(String line, String... headers) {
    return line + " HTTP/1.1\r\n" + String.join("", headers) + "Connection: close\r\n\r\n";
  }

  private static String host() {
    return "Host: 127.0.0.1:%d\r\n".formatted(served.address().getPort());
  }

  private static String bearer() {
    return "Authorization: Bearer %s\r\n".formatted(served.token());
  }

  private static int status(String request) throws IOException {
    return Integer.parseInt(served.raw(request).split(" ", 3)[1]);
  }

  // --- Who may ask. ------------------------------------------------------------------------------

  @Test
  void theTokenBecomesACookieAndLeavesTheAddress() throws IOException {
    String head = served.raw(request("GET /?token=" + served.token(), host()));
    assertThat(head)
        .startsWith("HTTP/1.1 303")
        .containsIgnoringCase("Location: /\r\n")
        .contains("HttpOnly", "SameSite=Strict");
    String cookie =
        head.lines()
            .filter(line -> line.toLowerCase(java.util.Locale.ROOT).startsWith("set-cookie: "))
            .findFirst()
            .orElseThrow()
            .substring("set-cookie: ".length())
            .split(";", -1)[0];
    assertThat(status(request("GET /api/cases", host(), "Cookie: a=b; " + cookie + "\r\n")))
        .isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/", "/app.js", "/api/cases", "/api/0/ps", "/?token=wrong", "/?token=", "/x"})
  void withoutTheTokenNothingIsAnswered(String path) throws IOException {
    assertThat(status(request("GET " + path, host()))).isEqualTo(401);
    assertThat(status(request("GET " + path, host(), "Authorization: Bearer wrong\r\n")))
        .isEqualTo(401);
    assertThat(
            status(
                request(
                    "GET " + path,
                    host(),
                    "Cookie: nestwalk-%d=wrong\r\n".formatted(served.address().getPort()))))
        .isEqualTo(401);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"evil.example", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example:PORT"})
  void anotherHostsNameIsRefused(String name) throws IOException {
    String host =
        "Host: %s\r\n"
            .formatted(name.replace("PORT", Integer.toString(served.address().getPort())));
    assertThat(status(request("GET /api/cases", host, bearer()))).isEqualTo(403);
    assertThat(status(request("GET /?token=" + served.token(), host))).isEqualTo(403);
  }

  @Test
  void noHostAndTwoHostsAreRefused() throws IOException {
    assertThat(status(request("GET /api/cases", bearer()))).isBetween(400, 403);
    assertThat(status(request("GET /api/cases", host(), host(), bearer()))).isBetween(400, 403);
  }

  @Test
  void anotherSitesPageIsRefused() throws IOException {
    String own = "Origin: http://127.0.0.1:%d\r\n".formatted(served.address().getPort());
    assertThat(status(request("GET /api/cases", host(), bearer(), own))).isEqualTo(200);
    for (String other :
        List.of(
            "Origin: http://evil.example\r\n",
            "Origin: null\r\n",
            "Sec-Fetch-Site: cross-site\r\n",
            "Sec-Fetch-Site: same-site\r\n")) {
      assertThat(status(request("GET /api/cases", host(), bearer(), other)))
          .as(other)
          .isEqualTo(403);
    }
  }

  @Test
  void onlyThisMachineIsListenedTo() {
    assertThat(served.address().getHost()).isEqualTo("127.0.0.1");
    assertThat(InetAddress.getLoopbackAddress().isLoopbackAddress()).isTrue();
  }

  /** On every address, by request alone: a name can be pointed here by others, a number can't. */
  @Test
  void onOtherAddressesANumberIsAHostAndANameIsNone() throws IOException {
    try (Server everywhere = new Server(new InetSocketAddress("0.0.0.0", 0), List.of(), "test")) {
      int port = everywhere.address().getPort();
      String token = everywhere.address().getQuery().substring("token=".length());
      for (String name : List.of("127.0.0.1", "192.0.2.7", "[2001:db8::1]", "localhost")) {
        assertThat(ServedSample.raw(port, asked(name, port, token))).startsWith("HTTP/1.1 200");
      }
      for (String name : List.of("evil.example", "1.2.3.4.evil.example", "[::1].evil.example")) {
        assertThat(ServedSample.raw(port, asked(name, port, token))).startsWith("HTTP/1.1 403");
      }
      assertThat(ServedSample.raw(port, asked("127.0.0.1", port, "wrong")))
          .startsWith("HTTP/1.1 401");
    }
  }

  private static String asked(String host, int port, String token) {
    return request(
        "GET /api/cases",
        "Host: %s:%d\r\n".formatted(host, port),
        "Authorization: Bearer %s\r\n".formatted(token));
  }

  @Test
  void everyAnswerHasThePolicy() throws IOException {
    for (String path : List.of("/", "/api/cases", "/nothing")) {
      assertThat(served.raw(request("GET " + path, host(), bearer())))
          .contains("default-src 'none'; script-src 'self'; style-src 'self'")
          .doesNotContain("unsafe")
          .containsIgnoringCase("X-Content-Type-Options: nosniff")
          .containsIgnoringCase("Cache-Control: no-store");
    }
  }

  // --- What may be asked. ------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"})
  void itOnlyReads(String method) throws IOException {
    assertThat(status(request(method + " /api/cases", host(), bearer()))).isEqualTo(405);
  }

  @Test
  void aBodyIsRefused() throws IOException {
    assertThat(
            status(
                "GET /api/cases HTTP/1.1\r\n"
                    + host()
                    + bearer()
                    + "Content-Length: 3\r\nConnection: close\r\n\r\nabc"))
        .isEqualTo(413);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc/passwd",
        "/io/nestwalk/serve/app.js",
        "/serve/../app.js",
        "/app.js/",
        "/Server.class",
        "/META-INF/MANIFEST.MF",
        "/api/0/../cases",
        "/api/1/ps",
        "/api/-1/ps",
        "/api/00000/ps",
        "/api/x/ps",
        "/api/0/",
        "/api/0/nothing",
        "/api/0/read/x",
      })
  void noOtherFileAndNoOtherQuestionIsThere(String path) throws IOException {
    assertThat(status(request("GET " + path, host(), bearer()))).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ps?limit=0",
        "ps?limit=10001",
        "ps?limit=x",
        "ps?offset=-1",
        "ps?format=html",
        "ps?output=/tmp/x",
        "ps?machine=host&machine=vm1",
        "ps?=x",
        "ps?machine",
        "maps",
        "maps?pid=x",
        "maps?pid=1&pages=yes",
        "read?address=0x0&length=65537&physical=true",
        "read?address=0x0&length=0&physical=true",
        "read?length=16",
        "read?address=zz&physical=true",
        "translate?address=0x1&pid=1&kernel=true",
        "picture?from=0x10",
        "picture?from=0x20&to=0x10",
        "picture?from=0x0&to=0xffffffffffffffff",
        "picture?cells=999999",
        "search?q=%28",
        "search?q=name:x&count=0",
        "search?q=name:x&cursor=nonsense",
        "search",
        "find",
        "find?hex=zz",
        "find?regex=%28",
      })
  void whatIsOutOfBoundsIsRefusedInOneLine(String question) throws Exception {
    var response = served.get("/api/0/" + question);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    assertThat(response.body()).startsWith("{\"error\":\"").hasLineCount(1);
  }

  @Test
  void whatIsNotThereIsNotFound() throws Exception {
    assertThat(served.status("/api/0/ps?machine=vm9")).isEqualTo(404);
    assertThat(served.status("/api/0/maps?pid=99999")).isEqualTo(404);
    assertThat(served.status("/api/0/read?address=0x0&root=0x1")).isEqualTo(404);
  }

  @Test
  void anAddressOfManyThousandLettersIsRefused() throws IOException {
    String head =
        served.raw(request("GET /api/0/ps?machine=" + "a".repeat(20_000), host(), bearer()));
    assertThat(head).startsWith("HTTP/1.1 414");
  }

  // --- The answers are those of the commands. ----------------------------------------------------

  private static JsonNode command(String... args) {
    List<String> all = new ArrayList<>(Arrays.asList(args));
    all.addAll(List.of("--format", "json"));
    return CommandRun.of(all.toArray(String[]::new)).json();
  }

  private static JsonNode rows(JsonNode answer, String name) {
    assertThat(answer.path(name).isArray()).as(name).isTrue();
    assertThat(answer.path(name)).as(name).isNotEmpty();
    return answer.path(name);
  }

  @Test
  void listsAreTheCommands() throws Exception {
    assertThat(rows(served.json("/api/0/ps?limit=9999"), "processes"))
        .isEqualTo(command("ps", IMAGE).path("processes"));
    assertThat(rows(served.json("/api/0/machines"), "machines"))
        .isEqualTo(command("machines", IMAGE).path("machines"));
    assertThat(rows(served.json("/api/0/modules?limit=9999"), "modules"))
        .isEqualTo(command("modules", IMAGE).path("modules"));
    assertThat(rows(served.json("/api/0/netstat"), "sockets"))
        .isEqualTo(command("netstat", IMAGE).path("sockets"));
    assertThat(rows(served.json("/api/0/lsof?machine=vm1&pid=86"), "files"))
        .isEqualTo(command("lsof", IMAGE, "--machine", "vm1", "--pid", "86").path("files"));
    assertThat(rows(served.json("/api/0/dmesg?limit=9999"), "log"))
        .isEqualTo(command("dmesg", IMAGE).path("log"));
    assertThat(rows(served.json("/api/0/maps?machine=vm1&pid=86&pages=true"), "mappings"))
        .isEqualTo(
            command("maps", IMAGE, "--machine", "vm1", "--pid", "86", "--pages").path("mappings"));
  }

  @Test
  void whatStandsBesideAListIsTheCommands() throws Exception {
    for (String name : List.of("check", "control", "timeline")) {
      ObjectNode answer = (ObjectNode) served.json("/api/0/%s?limit=9999".formatted(name));
      answer.remove("page");
      ObjectNode own = (ObjectNode) command(name, IMAGE);
      own.remove("coverage");
      answer.remove("coverage");
      assertThat(answer).as(name).isEqualTo(own);
    }
    assertThat(served.json("/api/0/check").path("examined")).isNotEmpty();
  }

  /** The page shows what a schema has: a key that it lacks would not be seen. */
  @Test
  void everyListOfACommandHasColumnsForAllThatItsRowsHold() throws Exception {
    JsonNode views = served.json("/api/views").path("views");
    assertThat(views).hasSizeGreaterThan(10);
    int shown = 0;
    for (JsonNode view : views) {
      String question = view.path("question").asText();
      JsonNode answer = served.json("/api/0/%s?limit=9999".formatted(question));
      for (JsonNode list : view.path("lists")) {
        List<String> columns =
            list.path("columns").valueStream().map(each -> each.path("key").asText()).toList();
        JsonNode rows = answer.path(list.path("name").asText());
        assertThat(rows.isArray()).as("%s %s", question, list.path("name")).isTrue();
        for (JsonNode row : rows) {
          row.fieldNames()
              .forEachRemaining(
                  key ->
                      assertThat(columns)
                          .as(question)
                          .anyMatch(each -> each.equals(key) || each.startsWith(key + ".")));
        }
        shown += rows.size();
      }
      assertThat(served.status("/api/0/%s?machine=vm9".formatted(question))).isEqualTo(404);
      assertThat(served.status("/api/0/%s?output=x".formatted(question))).isEqualTo(400);
      assertThat(served.status("/api/0/%s?extract=/init".formatted(question))).isEqualTo(400);
    }
    assertThat(shown).isGreaterThan(1000);
    assertThat(served.status("/api/0/lsof?pid=x")).isEqualTo(400);
    assertThat(served.status("/api/0/lsof?pid=99999")).isEqualTo(404);
    assertThat(served.status("/api/views?x=1")).isEqualTo(400);
  }

  @Test
  void theImageIsTheCommands() throws Exception {
    ObjectNode info = (ObjectNode) served.json("/api/0/info");
    ObjectNode own = (ObjectNode) command("info", IMAGE);
    info.remove("coverage");
    own.remove("coverage");
    assertThat(info).isEqualTo(own);
  }

  @ParameterizedTest
  @CsvSource({
    "vm1,pid=86,0x1a87e040",
    "vm1,physical=true,0x1e1d040",
    "host,physical=true,0x4a1d040",
    "vm1,root=0x4b3c000,0x1a87e040",
    "vm1,kernel=true,0xffffffff9b600000",
    "host,pid=98,0x7f475fa1d040",
    "vm1,pid=86,0x10",
    "vm1,kernel=true,init_task",
  })
  void addressesAreTheCommands(String machine, String space, String address) throws Exception {
    JsonNode answer =
        served.json("/api/0/translate?machine=%s&%s&address=%s".formatted(machine, space, address));
    String[] parts = space.split("=", -1);
    List<String> args =
        new ArrayList<>(
            List.of("translate", IMAGE, address, "--machine", machine, "--trace", "--" + parts[0]));
    if (!parts[1].equals("true")) {
      args.add(parts[1]);
    }
    ObjectNode own = (ObjectNode) command(args.toArray(String[]::new));
    ((ObjectNode) answer).remove("coverage");
    own.remove("coverage");
    assertThat(answer).isEqualTo(own);
  }

  @Test
  void bytesAreTheCommands() throws Exception {
    Path file = work.resolve("bytes");
    String[] args = {
      "read", IMAGE, "0x1a87e000", "6000", "--machine", "vm1", "--pid", "86", "-o", file.toString()
    };
    assertThat(CommandRun.of(args).code()).isEqualTo(ExitCode.DONE);
    JsonNode answer = served.json("/api/0/read?machine=vm1&pid=86&address=0x1a87e000&length=6000");
    assertThat(HexFormat.of().parseHex(answer.path("bytes").asText()))
        .isEqualTo(Files.readAllBytes(file));
    JsonNode apart = served.json("/api/0/read?machine=vm1&pid=86&address=0x400ff8&length=16");
    assertThat(apart.path("pages")).hasSize(2);
    assertThat(apart.path("pages").path(0).path("gpa").asText()).isEqualTo("0x4976000");
    assertThat(apart.path("pages").path(0).path("hpa").asText()).isEqualTo("0x6b07000");
    assertThat(apart.path("pages").path(1).path("hpa").asText()).isEqualTo("0x6b06000");
    JsonNode absent = served.json("/api/0/read?machine=vm1&pid=86&address=0x10&length=4");
    assertThat(absent.path("bytes").asText()).isEqualTo("????????");
    assertThat(absent.path("pages")).isEmpty();
  }

  @Test
  void hitsAndDocumentsAreTheCommands() throws Exception {
    assertThat(rows(served.json("/api/0/find?text=NESTED-MARKER&machine=vm1"), "hits"))
        .isEqualTo(
            command("find", IMAGE, "--text", "NESTED-MARKER", "--machine", "vm1").path("hits"));
    String folder = work.resolve("case").toString();
    JsonNode analyzed = command("analyze", IMAGE, "-o", folder);
    for (String query : List.of("hpa:0x4a1d040", "name:marker", "machine:vm1 kind:process")) {
      JsonNode answer = served.json("/api/0/search?count=9999&q=" + query.replace(" ", "%20"));
      JsonNode own = command("search", folder, query, "--limit", "9999");
      assertThat(rows(answer, "hits")).isEqualTo(own.path("hits"));
      assertThat(answer.path("coverage").path("total"))
          .isEqualTo(own.path("coverage").path("total"));
    }
    JsonNode findings = served.json("/api/0/findings");
    assertThat(findings.path("findings")).isEqualTo(analyzed.path("findings"));
    assertThat(findings.path("coverage").path("examined"))
        .isEqualTo(analyzed.path("coverage").path("examined"))
        .isNotEmpty();
    caseFolderIsServed(folder);
  }

  /** The folder of an analysis is served with its own index and image. */
  private static void caseFolderIsServed(String folder) throws Exception {
    try (ServedSample own = new ServedSample(Path.of(folder))) {
      assertThat(own.json("/api/cases").path("cases").path(0).path("index").asText())
          .isEqualTo("ready");
      assertThat(own.json("/api/0/search?q=hpa:0x4a1d040"))
          .isEqualTo(served.json("/api/0/search?q=hpa:0x4a1d040"));
      assertThat(own.json("/api/0/ps?limit=3").path("processes")).hasSize(3);
    }
  }

  @Test
  void documentsComeInPages() throws Exception {
    String question = "/api/0/search?q=kind:process&count=40";
    List<JsonNode> all = new ArrayList<>();
    String cursor = "";
    for (int page = 0; page < 3; page++) {
      JsonNode answer = served.json(question + "&cursor=" + cursor);
      answer.path("hits").forEach(all::add);
      cursor = answer.path("coverage").path("next").asText("");
    }
    assertThat(cursor).isEmpty();
    assertThat(all).hasSize(107).doesNotHaveDuplicates();
  }

  @Test
  void pagesMakeTheWholeList() throws Exception {
    List<JsonNode> all = new ArrayList<>();
    for (int offset = 0; offset < 120; offset += 40) {
      JsonNode page = served.json("/api/0/ps?limit=40&offset=" + offset);
      page.path("processes").forEach(all::add);
      assertThat(page.path("page").path("total").asInt()).isEqualTo(107);
    }
    List<JsonNode> own = new ArrayList<>();
    command("ps", IMAGE).path("processes").forEach(own::add);
    assertThat(all).isEqualTo(own);
    assertThat(served.json("/api/0/ps?offset=2147483647").path("processes")).isEmpty();
  }

  @Test
  void filesAreTheCommands() throws Exception {
    assertThat(served.get("/api/0/ps?format=csv").body())
        .isEqualTo(CommandRun.of("ps", IMAGE, "--format", "csv").out());
    List<String> lines = served.get("/api/0/ps?format=ndjson").body().lines().toList();
    List<String> own = CommandRun.of("ps", IMAGE, "--format", "ndjson").out().lines().toList();
    assertThat(lines.subList(0, lines.size() - 1)).isEqualTo(own.subList(0, own.size() - 1));
    assertThat(lines.getLast()).startsWith("{\"coverage\":");
  }

  // --- Pictures. ---------------------------------------------------------------------------------

  @Test
  void aGuestsPictureLeadsToTheHosts() throws Exception {
    JsonNode picture =
        served.json("/api/0/picture?machine=vm1&from=0x1e1d000&to=0x1e1e000&cells=16");
    assertThat(picture.path("cellBytes").asLong()).isEqualTo(4096);
    int owner = picture.path("cells").path(0).asInt();
    assertThat(picture.path("owners").path(owner).path("process").asText()).isEqualTo("marker");
    assertThat(picture.path("links").path(1).asText()).isEqualTo("0x4a1d000");
    JsonNode whole = served.json("/api/0/picture?machine=vm1");
    assertThat(whole.path("extents").path(0).path("length").asLong()).isEqualTo(76L << 20);
    JsonNode host = served.json("/api/0/picture?machine=host&from=0x4a1d000&to=0x4a1e000");
    assertThat(
            host.path("owners").path(host.path("cells").path(0).asInt()).path("machine").asText())
        .isEqualTo("vm1");
  }

  // --- The command. ------------------------------------------------------------------------------

  @Test
  void theCommandPrintsTheAddressAndEndsWhenAsked() throws Exception {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int[] code = {-1};
    Thread command =
        new Thread(
            () ->
                code[0] =
                    Nestwalk.run(
                        new PrintWriter(out), new PrintWriter(err), "serve", IMAGE, "--port", "0"));
    command.start();
    for (int i = 0; i < 600 && !out.toString().contains("\n"); i++) {
      Thread.sleep(100);
    }
    URI address = URI.create(out.toString().strip());
    assertThat(address.getHost()).isEqualTo("127.0.0.1");
    assertThat(address.getQuery()).matches("token=[A-Za-z0-9_-]{24}");
    command.interrupt();
    command.join(60_000);
    assertThat(code[0]).isEqualTo(ExitCode.DONE);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void wrongUsageAndWrongInputAreSaid() {
    assertThat(CommandRun.of("serve").code()).isEqualTo(ExitCode.USAGE);
    assertThat(CommandRun.of("serve", IMAGE, "--port", "70000").code()).isEqualTo(ExitCode.USAGE);
    CommandRun absent = CommandRun.of("serve", work.resolve("absent").toString());
    assertThat(absent.code()).isEqualTo(ExitCode.INPUT);
    assertThat(absent.err()).hasLineCount(1);
    CommandRun taken =
        CommandRun.of("serve", IMAGE, "--port", Integer.toString(served.address().getPort()));
    assertThat(taken.code()).isEqualTo(ExitCode.INPUT);
    assertThat(taken.err()).hasLineCount(1);
  }
}
