package io.nestwalk.serve;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Who may ask: whoever knows the token, from a page that this server gave.
 *
 * <p>The token comes in the address that the user is given, once; then it is a cookie that scripts
 * can't read and other sites' pages don't send. Programs send it as {@code Authorization: Bearer}.
 * A request whose Host is another name was led here by a name server that lies (DNS rebinding), one
 * whose Origin is another was sent by another site's page.
 */
final class Access {

  private static final int TOKEN_BYTES = 18;
  private static final String BEARER = "Bearer ";

  /** An IPv4 address, or an IPv6 one in brackets: what no name server can point elsewhere. */
  private static final Pattern LITERAL =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]{2,45}\\]");

  private final InetSocketAddress bound;
  private final byte[] token;
  private final String cookie;

  /**
   * For a server.
   *
   * @param bound where it listens
   */
  Access(InetSocketAddress bound) {
    this.bound = bound;
    byte[] random = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(random);
    token = Base64.getUrlEncoder().encodeToString(random).getBytes(StandardCharsets.US_ASCII);
    // Cookies know no ports: two servers must not overwrite each other's.
    cookie = "nestwalk-%d=".formatted(bound.getPort());
  }

  /** The token, to be shown to the user alone. */
  String token() {
    return new String(token, StandardCharsets.US_ASCII);
  }

  /** The value of a header that makes a browser keep the token. */
  String setCookie() {
    return cookie + token() + "; Path=/; HttpOnly; SameSite=Strict";
  }

  /** Refuses requests that were meant for another host or come from another site's page. */
  void checkSite(HttpExchange exchange) throws RefusedException {
    Headers headers = exchange.getRequestHeaders();
    List<String> hosts = headers.getOrDefault("Host", List.of());
    if (hosts.size() != 1 || !isOwnHost(hosts.getFirst().toLowerCase(Locale.ROOT))) {
      throw forbidden("this server is asked by another name than its own");
    }
    String origin = headers.getFirst("Origin");
    if (origin != null && !origin.equalsIgnoreCase("http://" + hosts.getFirst())) {
      throw forbidden("the request comes from another site's page");
    }
    String site = headers.getFirst("Sec-Fetch-Site");
    if (site != null && !site.equals("same-origin") && !site.equals("none")) {
      throw forbidden("the request comes from another site's page");
    }
  }

  private boolean isOwnHost(String host) {
    String port = ":" + bound.getPort();
    if (!host.endsWith(port)) {
      return false;
    }
    String name = host.substring(0, host.length() - port.length());
    if (bound.getAddress().isLoopbackAddress()) {
      return name.equals("localhost") || name.equals("127.0.0.1") || name.equals("[::1]");
    }
    return name.equals("localhost")
        || name.equals(bound.getHostString().toLowerCase(Locale.ROOT))
        || LITERAL.matcher(name).matches();
  }

  /** Refuses requests without the token. */
  void checkToken(HttpExchange exchange) throws RefusedException {
    Headers headers = exchange.getRequestHeaders();
    String bearer = headers.getFirst("Authorization");
    if (bearer != null && bearer.startsWith(BEARER) && isToken(bearer.substring(BEARER.length()))) {
      return;
    }
    for (String line : headers.getOrDefault("Cookie", List.of())) {
      for (String each : line.split(";", -1)) {
        String one = each.strip();
        if (one.startsWith(cookie) && isToken(one.substring(cookie.length()))) {
          return;
        }
      }
    }
    throw new RefusedException(
        HttpURLConnection.HTTP_UNAUTHORIZED,
        "no valid token: open the address that `nestwalk serve` printed");
  }

  /** Whether the text is the token; takes as long for a wrong one as for the right one. */
  boolean isToken(String text) {
    return MessageDigest.isEqual(token, text.getBytes(StandardCharsets.UTF_8));
  }

  /** The address to open. */
  URI address() {
    String host = bound.getAddress().isAnyLocalAddress() ? "127.0.0.1" : literal();
    return URI.create("http://%s:%d/?token=%s".formatted(host, bound.getPort(), token()));
  }

  private String literal() {
    String text = bound.getAddress().getHostAddress();
    return text.indexOf(':') < 0 ? text : "[" + text.replaceFirst("%.*", "") + "]";
  }

  private static RefusedException forbidden(String message) {
    return new RefusedException(HttpURLConnection.HTTP_FORBIDDEN, message);
  }
}
