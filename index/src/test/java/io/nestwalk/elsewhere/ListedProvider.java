package io.nestwalk.elsewhere;

import io.nestwalk.index.IndexStore;
import io.nestwalk.index.IndexStoreProvider;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Stores behind {@code listed:NAME}, each kept as long as this program runs. */
public final class ListedProvider implements IndexStoreProvider {

  private static final Map<URI, ListedStore> STORES = new ConcurrentHashMap<>();

  /** For the service loader. */
  public ListedProvider() {}

  @Override
  public String scheme() {
    return "listed";
  }

  @Override
  public IndexStore at(URI place) {
    return STORES.computeIfAbsent(place, _ -> new ListedStore());
  }
}
