package io.nestwalk.fleet.opensearch;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where an index is.
 *
 * @param scheme https; http for this machine alone
 * @param host without brackets
 * @param port the HTTP port
 * @param name the index's name as users give it
 * @param image whose entries are meant; empty for those of all images
 */
record OpenSearchPlace(String scheme, String host, int port, String name, Optional<String> image) {

  private static final int PORT = 9200;
  private static final Pattern PATH =
      Pattern.compile("/([a-z0-9][a-z0-9._-]{0,79})(?:/([A-Za-z0-9][A-Za-z0-9._-]{0,127}))?/?");
  private static final List<String> LOOPBACK = List.of("127.0.0.1", "localhost", "[::1]");

  /**
   * The place that an address names. What is wrong with one is said without its credentials.
   *
   * @throws IllegalArgumentException when it names none
   */
  static OpenSearchPlace of(URI place) {
    if (place.getRawUserInfo() != null
        || place.getRawQuery() != null
        || place.getRawFragment() != null) {
      throw new IllegalArgumentException(
          "a place of an index is https://HOST[:PORT]/NAME[/IMAGE] and no more; user and password"
              + " are taken from the environment");
    }
    if (place.getHost() == null) {
      throw new IllegalArgumentException("a place of an index names its host: https://HOST/NAME");
    }
    if (place.getScheme().equalsIgnoreCase("http") && !LOOPBACK.contains(place.getHost())) {
      throw new IllegalArgumentException(
          place + ": evidence goes over a network encrypted only: https:");
    }
    Matcher path = PATH.matcher(place.getPath());
    if (!path.matches()) {
      throw new IllegalArgumentException(
          place
              + ": after the host comes a name of small letters, digits, dots, dashes and"
              + " underscores: https://HOST/NAME[/IMAGE]");
    }
    return new OpenSearchPlace(
        place.getScheme(),
        place.getHost(),
        place.getPort() < 0 ? PORT : place.getPort(),
        path.group(1),
        Optional.ofNullable(path.group(2)));
  }

  /** The same index, for the entries of one image. */
  OpenSearchPlace of(String other) {
    return new OpenSearchPlace(scheme, host, port, name, Optional.of(other));
  }

  /** The index's name in the cluster. */
  String index() {
    return "nestwalk-" + name;
  }

  /** As users write it. */
  @Override
  public String toString() {
    return "%s://%s:%d/%s%s".formatted(scheme, host, port, name, image.map("/"::concat).orElse(""));
  }
}
