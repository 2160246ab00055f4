package io.nestwalk.index;

import java.net.URI;

/**
 * Puts stores behind a scheme of their own, a cluster's for instance. Found by {@link
 * java.util.ServiceLoader}.
 */
public interface IndexStoreProvider {

  /** The scheme of its places, without the colon. */
  String scheme();

  /**
   * The store at a place of that scheme. Nothing is opened or made yet.
   *
   * @throws IllegalArgumentException when it is no such place
   */
  IndexStore at(URI place);
}
