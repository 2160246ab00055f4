package io.nestwalk.fleet.opensearch;

import io.nestwalk.index.IndexStore;
import io.nestwalk.index.IndexStoreProvider;
import java.net.URI;

/** Puts indexes of this machine behind {@code http:}. */
public final class LoopbackPlaces implements IndexStoreProvider {

  /** For the service loader. */
  public LoopbackPlaces() {}

  @Override
  public String scheme() {
    return "http";
  }

  @Override
  public IndexStore at(URI place) {
    return OpenSearchStore.at(place);
  }
}
