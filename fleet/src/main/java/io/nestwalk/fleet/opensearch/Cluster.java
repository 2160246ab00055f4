package io.nestwalk.fleet.opensearch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.nestwalk.answer.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.apache.hc.client5.http.impl.async.HttpAsyncClientBuilder;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.ClientTlsStrategyBuilder;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.message.BasicHeader;
import org.apache.hc.core5.util.Timeout;
import org.opensearch.client.opensearch.generic.Body;
import org.opensearch.client.opensearch.generic.OpenSearchGenericClient;
import org.opensearch.client.opensearch.generic.Request;
import org.opensearch.client.opensearch.generic.Requests;
import org.opensearch.client.opensearch.generic.Response;
import org.opensearch.client.transport.OpenSearchTransport;
import org.opensearch.client.transport.httpclient5.ApacheHttpClient5TransportBuilder;
import org.opensearch.client.transport.httpclient5.ResponseException;

/**
 * A cluster, asked one thing after the other. What fails because it is away or busy is tried again
 * for as long as its patience lasts: all that is asked of it here may be asked twice. For one
 * thread.
 */
final class Cluster implements AutoCloseable {

  /** No answer that was asked for is as long as this. */
  private static final int MOST_BYTES = 256 << 20;

  private static final int MOST_REASON = 300;
  private static final Timeout ANSWER = Timeout.ofSeconds(60);
  private static final Timeout CONNECT = Timeout.ofSeconds(10);

  private static final int GOOD = 200;
  private static final int NO_MORE_GOOD = 300;
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int TOO_MANY = 429;

  /** What breaks a line, turns it round or is a terminal's command. */
  private static final Pattern NO_TEXT = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\s]+");

  private static final Pattern MARKUP =
      Pattern.compile("(?is)<style.*?</style>|<script.*?</script>|<[^<>]*>");

  /** Timeouts and what a cluster says that has too much to do, or is not whole at the moment. */
  private static final Set<Integer> LATER = Set.of(408, TOO_MANY, 502, 503, 504);

  /**
   * What a cluster answered.
   *
   * @param status HTTP's
   * @param body as a tree; missing where there was none
   * @param text the body where it is no tree: what stands between a cluster and its users (a proxy)
   *     answers with pages
   */
  record Answer(int status, JsonNode body, String text) {
    /** Whether it is one of the good ones. */
    boolean isGood() {
      return GOOD <= status && status < NO_MORE_GOOD;
    }

    /** Why it is not, in the words of who answered, in one line. */
    String reason() {
      JsonNode error = body.path("error");
      String said = error.isObject() ? error.path("reason").asText() : error.asText();
      String cause = error.path("caused_by").path("reason").asText();
      if (!cause.isEmpty() && !cause.equals(said)) {
        said = said.isEmpty() ? cause : said + ": " + cause;
      }
      if (said.isEmpty()) {
        said = body.path("message").asText(MARKUP.matcher(text).replaceAll(" "));
      }
      return (status + " " + shortened(said)).strip();
    }
  }

  private final OpenSearchPlace place;
  private final Duration patience;
  private final OpenSearchTransport transport;
  private final OpenSearchGenericClient client;

  /**
   * Sets up; nothing is asked yet.
   *
   * @param patience for how long one question is tried
   * @throws IOException when the file of whom to trust can't be read
   */
  Cluster(OpenSearchPlace place, Credentials credentials, Duration patience) throws IOException {
    this.place = place;
    this.patience = patience;
    SSLContext trust = credentials.authorities().isEmpty() ? null : trusting(credentials);
    transport =
        ApacheHttpClient5TransportBuilder.builder(
                new HttpHost(place.scheme(), place.host().replaceAll("[\\[\\]]", ""), place.port()))
            .setDefaultHeaders(
                credentials
                    .authorization()
                    .map(said -> new Header[] {new BasicHeader("Authorization", said)})
                    .orElse(new Header[0]))
            .setRequestConfigCallback(request -> request.setResponseTimeout(ANSWER))
            .setConnectionConfigCallback(connection -> connection.setConnectTimeout(CONNECT))
            .setHttpClientConfigCallback(http -> configured(http, trust))
            .build();
    client = new OpenSearchGenericClient(transport);
  }

  private static HttpAsyncClientBuilder configured(HttpAsyncClientBuilder http, SSLContext trust) {
    // Whom an answer names gets no credentials. What is tried again is decided here.
    http.disableRedirectHandling().disableAutomaticRetries().disableCookieManagement();
    if (trust != null) {
      http.setConnectionManager(
          PoolingAsyncClientConnectionManagerBuilder.create()
              .setTlsStrategy(ClientTlsStrategyBuilder.create().setSslContext(trust).buildAsync())
              .build());
    }
    return http;
  }

  private static SSLContext trusting(Credentials credentials) throws IOException {
    Path file = credentials.authorities().orElseThrow();
    try (InputStream in = Files.newInputStream(file)) {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      int number = 0;
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        trusted.setCertificateEntry("authority" + number++, each);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "%s: no certificates in PEM: %s".formatted(Credentials.AUTHORITIES, e.getMessage()), e);
    }
  }

  /** The place that it was made for. */
  OpenSearchPlace place() {
    return place;
  }

  /** For how long one thing is tried. */
  Patience patience() {
    return new Patience(patience);
  }

  /** Asks with a JSON body; an answer that is no good is a fault. */
  JsonNode ask(String method, String path, JsonNode body) throws IOException {
    return ask(method, path, Map.of(), body);
  }

  /** The same, with parameters. */
  JsonNode ask(String method, String path, Map<String, String> parameters, JsonNode body)
      throws IOException {
    Answer answer =
        send(
            method,
            path,
            parameters,
            body == null ? null : Json.MAPPER.writeValueAsBytes(body),
            "application/json");
    return good(answer);
  }

  /** The body of a good answer. */
  JsonNode good(Answer answer) throws IOException {
    if (answer.isGood()) {
      return answer.body();
    }
    throw new IOException(place + ": " + answer.reason());
  }

  /**
   * Asks, and tries again where that may help.
   *
   * @param path from the cluster's root
   * @param body null for none
   * @return any answer but those for which time is the cure, and those that want other credentials
   * @throws IOException when there is no such answer in time
   */
  Answer send(
      String method, String path, Map<String, String> parameters, byte[] body, String contentType)
      throws IOException {
    return send(request(method, path, parameters, body, contentType), LATER);
  }

  /**
   * The same for what can be offered in smaller portions: that the cluster has too much to do is an
   * answer.
   */
  Answer offer(
      String method, String path, Map<String, String> parameters, byte[] body, String contentType)
      throws IOException {
    Set<Integer> later = new HashSet<>(LATER);
    later.remove(TOO_MANY);
    return send(request(method, path, parameters, body, contentType), later);
  }

  private static Request request(
      String method, String path, Map<String, String> parameters, byte[] body, String contentType) {
    Requests.JsonBodyBuilder request =
        Requests.builder().method(method).endpoint(path).query(parameters);
    if (body != null) {
      request.body(Body.from(body, contentType));
    }
    return request.build();
  }

  private Answer send(Request asked, Set<Integer> later) throws IOException {
    Patience tries = patience();
    while (true) {
      IOException reason;
      try {
        Answer answer = once(asked);
        if (answer.status() == UNAUTHORIZED || answer.status() == FORBIDDEN) {
          throw new RefusedException(
              "%s: %s: the cluster does not allow it to whom the environment names (%s, or %s)"
                  .formatted(place, answer.reason(), Credentials.USER, Credentials.TOKEN));
        }
        if (!later.contains(answer.status())) {
          return answer;
        }
        reason = new IOException(place + ": " + answer.reason());
      } catch (RefusedException e) {
        throw e;
      } catch (IOException e) {
        if (isForGood(e)) {
          throw new IOException(place + ": " + said(e), e);
        }
        reason = new IOException(place + ": can't be reached: " + said(e), e);
      }
      tries.await(reason);
    }
  }

  /** What no try cures. */
  private static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  private static boolean isForGood(Throwable fault) {
    for (Throwable each = fault; each != null; each = each.getCause()) {
      if (each instanceof SSLException || each instanceof UnknownHostException) {
        return true;
      }
    }
    return false;
  }

  private static String said(Throwable fault) {
    Throwable first = fault;
    while (first.getCause() != null) {
      first = first.getCause();
    }
    return shortened(first.getMessage() == null ? first.toString() : first.getMessage());
  }

  private Answer once(Request request) throws IOException {
    try (Response response = client.executeAsync(request).get()) {
      Body body = response.getBody().orElse(null);
      if (body == null) {
        return answer(response.getStatus(), new byte[0]);
      }
      try (InputStream in = body.body()) {
        byte[] bytes = in.readNBytes(MOST_BYTES);
        if (bytes.length == MOST_BYTES) {
          throw new IOException("an answer longer than was asked for");
        }
        return answer(response.getStatus(), bytes);
      }
    } catch (ExecutionException e) {
      for (Throwable each = e; each != null; each = each.getCause()) {
        if (each instanceof ResponseException refused) { // what the transport takes for a fault
          // Its message is a line of its own, and the body.
          String said = refused.getMessage();
          return answer(
              refused.status(),
              said.substring(said.indexOf('\n') + 1).getBytes(StandardCharsets.UTF_8));
        }
      }
      throw e.getCause() instanceof IOException fault
          ? fault
          : new IOException(said(e), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      java.io.InterruptedIOException ended = new java.io.InterruptedIOException("interrupted");
      ended.initCause(e);
      throw ended;
    }
  }

  private static Answer answer(int status, byte[] bytes) throws IOException {
    try {
      JsonNode tree = Json.MAPPER.readTree(bytes);
      return new Answer(status, tree == null ? Json.MAPPER.missingNode() : tree, "");
    } catch (JsonProcessingException e) {
      Answer page =
          new Answer(status, Json.MAPPER.missingNode(), new String(bytes, StandardCharsets.UTF_8));
      if (page.isGood()) {
        throw new IOException("an answer that is no JSON", e);
      }
      return page;
    }
  }

  private static String shortened(String text) {
    String line = NO_TEXT.matcher(text).replaceAll(" ").strip();
    return line.length() > MOST_REASON ? line.substring(0, MOST_REASON) + " ..." : line;
  }

  /** The whole list of what failed on parts of an index; empty when nothing did. */
  static List<String> failures(JsonNode answer) {
    return answer.path("failures").valueStream().map(each -> shortened(each.toString())).toList();
  }

  @Override
  public void close() throws IOException {
    transport.close();
  }
}
