package io.nestwalk.fleet.opensearch;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.LoggerFactory;

/** How a cluster is told who asks, and how it is known. They come from the environment alone. */
final class Credentials {

  /** Name of the environment's variable that holds the user. */
  static final String USER = "NESTWALK_OPENSEARCH_USER";

  /** Name of the environment's variable that holds the password. */
  static final String PASSWORD = "NESTWALK_OPENSEARCH_PASSWORD";

  /** Name of the environment's variable that holds a bearer token. */
  static final String TOKEN = "NESTWALK_OPENSEARCH_TOKEN";

  /** Name of the variable with the path of a PEM file: whom to trust in place of the JDK's list. */
  static final String AUTHORITIES = "NESTWALK_OPENSEARCH_CA";

  /** Name of the variable that says how many seconds a cluster that is away is waited for. */
  static final String PATIENCE = "NESTWALK_OPENSEARCH_PATIENCE";

  /** The logs in which the client of HTTP shows what it sends, if they are asked for that much. */
  static final List<String> SHOWING =
      List.of(
          "org.apache.hc.client5.http.headers",
          "org.apache.hc.client5.http.wire",
          "org.apache.hc.client5.http2.frame.payload");

  private final String authorization;
  private final Path authorities;

  private Credentials(String authorization, Path authorities) {
    this.authorization = authorization;
    this.authorities = authorities;
  }

  /**
   * Those of an environment.
   *
   * @throws IllegalArgumentException when it has half of them
   */
  static Credentials of(Map<String, String> environment) {
    String token = environment.get(TOKEN);
    String user = environment.get(USER);
    String password = environment.get(PASSWORD);
    if ((user == null) != (password == null)) {
      throw new IllegalArgumentException(
          "the environment holds one of %s and %s; both are needed".formatted(USER, PASSWORD));
    }
    String said = null;
    if (token != null) {
      said = "Bearer " + token;
    } else if (user != null) {
      said =
          "Basic "
              + Base64.getEncoder()
                  .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }
    if (said != null && said.chars().anyMatch(c -> c < ' ' || c > '~')) {
      throw new IllegalArgumentException(TOKEN + " holds what no header can");
    }
    String file = environment.get(AUTHORITIES);
    return new Credentials(said, file == null ? null : Path.of(file));
  }

  /**
   * Sees to it that no log gets them.
   *
   * @param isDebugged whether a log of that name is written in all detail
   * @throws IllegalArgumentException when one would
   */
  static void requireSilence(Predicate<String> isDebugged) {
    for (String name : SHOWING) {
      if (isDebugged.test(name)) {
        throw new IllegalArgumentException(
            name + " is logged at DEBUG, which shows credentials: set that logger to INFO");
      }
    }
  }

  /**
   * The same, of the logs as they are now.
   *
   * @throws IllegalArgumentException when one would
   */
  void requireSilence() {
    if (authorization != null) {
      requireSilence(name -> LoggerFactory.getLogger(name).isDebugEnabled());
    }
  }

  /**
   * What the header of every request says; empty where nobody is named.
   *
   * @throws IllegalArgumentException when a log would get it
   */
  Optional<String> authorization() {
    requireSilence();
    return Optional.ofNullable(authorization);
  }

  /** A file of certificates; empty for those that the JDK trusts. */
  Optional<Path> authorities() {
    return Optional.ofNullable(authorities);
  }

  /** Says nothing of them. */
  @Override
  public String toString() {
    return authorization == null ? "no credentials" : "credentials";
  }
}
