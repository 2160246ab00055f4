package io.nestwalk.fleet.opensearch;

import io.nestwalk.index.IndexStore;
import io.nestwalk.index.IndexStoreProvider;
import java.net.URI;

/** Puts indexes behind {@code https:}. */
public final class HttpsPlaces implements IndexStoreProvider {

  /** For the service loader. */
  public HttpsPlaces() {}

  @Override
  public String scheme() {
    return "https";
  }

  @Override
  public IndexStore at(URI place) {
    return OpenSearchStore.at(place);
  }
}
