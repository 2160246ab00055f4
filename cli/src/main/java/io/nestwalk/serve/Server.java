package io.nestwalk.serve;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.nestwalk.answer.Answer;
import io.nestwalk.answer.Json;
import io.nestwalk.find.PatternException;
import io.nestwalk.index.QuerySyntaxException;
import io.nestwalk.session.NotFoundException;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Serves the page and its answers. It only reads: no request changes anything, and none names a
 * file.
 *
 * <p>Requests are {@code GET}; answers are under {@code /api/CASE/QUESTION}, where a question has a
 * command's name and takes its options as parameters. Rows come in pages ({@code offset}, {@code
 * limit}); with {@code format=ndjson} or {@code csv} all of them.
 */
public final class Server implements AutoCloseable {

  /** The most rows of one JSON page. */
  static final int MAX_ROWS = 10_000;

  private static final int USUAL_ROWS = 1000;
  private static final int MAX_TARGET = 16_384;
  private static final int CONNECTIONS = 64;
  private static final int AT_ONCE = 4;
  private static final int REQUEST_SECONDS = 10;
  private static final int IDLE_SECONDS = 30;
  private static final String API = "/api/";
  private static final Set<String> PAGING = Set.of("offset", "limit", "format");

  static {
    // Read by the JDK's server when it is first used; what the user has set stays.
    Map.of(
            "jdk.httpserver.maxConnections", Integer.toString(CONNECTIONS),
            "sun.net.httpserver.maxReqTime", Integer.toString(REQUEST_SECONDS),
            "sun.net.httpserver.maxReqHeaders", "100",
            "sun.net.httpserver.maxReqHeaderSize", "65536",
            "sun.net.httpserver.nodelay", "true")
        .forEach((name, value) -> System.getProperties().putIfAbsent(name, value));
  }

  private final List<ServedCase> cases;
  private final String version;
  private final HttpServer server;
  private final ThreadPoolExecutor workers;
  private final Access access;
  private final RecentAnswers recent = new RecentAnswers();
  private final Semaphore working = new Semaphore(AT_ONCE);
  private final Semaphore scanning = new Semaphore(1);

  /**
   * Starts to serve.
   *
   * @param where the address to listen on; port 0 for any that is free
   * @param cases what is shown; they stay the caller's to close, after this
   * @param version of the program
   * @throws IOException when the address can't be had
   */
  public Server(InetSocketAddress where, List<ServedCase> cases, String version)
      throws IOException {
    this.cases = List.copyOf(cases);
    this.version = version;
    server = HttpServer.create(where, CONNECTIONS);
    workers =
        new ThreadPoolExecutor(
            1, CONNECTIONS, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>());
    server.setExecutor(workers);
    access = new Access(server.getAddress());
    server.createContext("/", this::handle);
    server.start();
  }

  /** The address to open, with the token in it. */
  public URI address() {
    return access.address();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Reply reply = new Reply(exchange);
      try {
        answer(exchange, reply);
      } catch (RefusedException e) {
        reply.refusal(e.status(), e.getMessage());
      } catch (NotFoundException e) {
        reply.refusal(HttpURLConnection.HTTP_NOT_FOUND, e.getMessage());
      } catch (QuerySyntaxException | PatternException | IllegalArgumentException e) {
        reply.refusal(HttpURLConnection.HTTP_BAD_REQUEST, firstLine(e));
      } catch (IOException e) {
        throw e; // Nobody is there any more to be told.
      } catch (Exception | StackOverflowError | InternalError e) {
        reply.refusal(HttpURLConnection.HTTP_INTERNAL_ERROR, firstLine(e));
      } catch (OutOfMemoryError e) {
        reply.refusal(
            HttpURLConnection.HTTP_INTERNAL_ERROR, "needs more memory than the program may use");
      }
    }
  }

  private static String firstLine(Throwable e) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    return message.lines().findFirst().orElse("");
  }

  private void answer(HttpExchange exchange, Reply reply) throws Exception {
    access.checkSite(exchange);
    String method = exchange.getRequestMethod();
    if (!method.equals("GET") && !method.equals("HEAD")) {
      exchange.getResponseHeaders().set("Allow", "GET, HEAD");
      throw new RefusedException(HttpURLConnection.HTTP_BAD_METHOD, "this server only reads");
    }
    String length = exchange.getRequestHeaders().getFirst("Content-Length");
    if ((length != null && !length.equals("0"))
        || exchange.getRequestHeaders().containsKey("Transfer-Encoding")) {
      throw new RefusedException(HttpURLConnection.HTTP_ENTITY_TOO_LARGE, "a request with a body");
    }
    URI target = exchange.getRequestURI();
    if (target.toString().length() > MAX_TARGET) {
      throw new RefusedException(HttpURLConnection.HTTP_REQ_TOO_LONG, "the address is too long");
    }
    Parameters parameters = Parameters.of(target.getRawQuery());
    String path = target.getRawPath();
    if (path.equals("/") && parameters.text("token").isPresent()) {
      if (access.isToken(parameters.required("token"))) {
        exchange.getResponseHeaders().set("Set-Cookie", access.setCookie());
        reply.elsewhere("/");
        return;
      }
    }
    access.checkToken(exchange);
    if (path.startsWith(API)) {
      api(path.substring(API.length()), parameters, reply);
    } else {
      parameters.allow(Set.of("token"));
      String name = path.equals("/") ? "index.html" : path.substring(1);
      String type = PageFiles.type(name);
      reply.bytes(HttpURLConnection.HTTP_OK, type, PageFiles.bytes(name));
    }
  }

  private void api(String path, Parameters parameters, Reply reply) throws Exception {
    if (path.equals("cases")) {
      parameters.allow(Set.of());
      reply.json(HttpURLConnection.HTTP_OK, list());
      return;
    }
    if (path.equals("views")) {
      parameters.allow(Set.of());
      ObjectNode node = Json.object();
      ArrayNode views = node.putArray("views");
      CommandList.VIEWS.forEach(each -> views.add(each.json()));
      reply.json(HttpURLConnection.HTTP_OK, node);
      return;
    }
    int slash = path.indexOf('/');
    Question question = slash < 0 ? null : Questions.ALL.get(path.substring(slash + 1));
    ServedCase asked = slash < 0 ? null : numbered(path.substring(0, slash));
    if (question == null || asked == null) {
      throw new RefusedException(HttpURLConnection.HTTP_NOT_FOUND, "there is no such question");
    }
    Set<String> allowed = new HashSet<>(question.parameters());
    allowed.addAll(PAGING);
    parameters.allow(allowed);
    Reply.Format format = format(parameters);
    boolean pages = format == Reply.Format.JSON;
    int offset = parameters.number("offset", 0, 0, Integer.MAX_VALUE);
    int limit =
        parameters.number(
            "limit",
            pages ? USUAL_ROWS : Integer.MAX_VALUE,
            1,
            pages ? MAX_ROWS : Integer.MAX_VALUE);
    Answer answer = whole(path + parameters.without(PAGING), question, asked, parameters);
    reply.answer(answer, path.substring(slash + 1), format, offset, limit);
  }

  private Answer whole(String key, Question question, ServedCase asked, Parameters parameters)
      throws Exception {
    Answer known = recent.get(key);
    if (known != null) {
      return known;
    }
    Semaphore turn = question.heavy() ? scanning : working;
    if (!turn.tryAcquire(REQUEST_SECONDS, TimeUnit.SECONDS)) {
      throw new RefusedException(
          HttpURLConnection.HTTP_UNAVAILABLE, "other questions are being answered; ask again");
    }
    try {
      Answer answer = question.how().of(asked, parameters);
      recent.put(key, answer);
      return answer;
    } finally {
      turn.release();
    }
  }

  private static Reply.Format format(Parameters parameters) throws RefusedException {
    String name = parameters.text("format").orElse("json");
    for (Reply.Format format : Reply.Format.values()) {
      if (format.name().toLowerCase(Locale.ROOT).equals(name)) {
        return format;
      }
    }
    throw new RefusedException(HttpURLConnection.HTTP_BAD_REQUEST, "format is json, ndjson or csv");
  }

  private ServedCase numbered(String text) {
    if (text.isEmpty() || text.length() > 4 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return null;
    }
    int number = Integer.parseInt(text);
    return number < cases.size() ? cases.get(number) : null;
  }

  private ObjectNode list() {
    ObjectNode node = Json.object();
    node.put("version", version);
    ArrayNode array = node.putArray("cases");
    for (int i = 0; i < cases.size(); i++) {
      array.add(cases.get(i).json(i));
    }
    return node;
  }

  /** Ends it; requests that are being answered are not waited for. */
  @Override
  public void close() {
    server.stop(0);
    workers.shutdownNow();
  }
}
