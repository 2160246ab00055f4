package io.nestwalk.index;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ServiceLoader;

/**
 * A place that keeps entries and answers queries: a folder ({@code file:}), or whatever an {@link
 * IndexStoreProvider} on the class path puts behind another scheme.
 */
public interface IndexStore {

  /**
   * The version of the documents and of what can be asked. Raised with every change of {@link
   * EntryJson}, {@link Field} or the way either is stored; an index of another version is rebuilt.
   */
  int SCHEMA_VERSION = 4;

  /**
   * The store at a place. Nothing is opened or made yet.
   *
   * @param place {@code file:///case/index}, or of a scheme that a provider knows
   * @throws IllegalArgumentException when it is no such place
   */
  static IndexStore at(URI place) {
    String scheme = place.getScheme();
    if (scheme == null) {
      throw new IllegalArgumentException(
          shown(place) + ": a place of an index begins with a scheme");
    }
    if (scheme.equalsIgnoreCase("file")) {
      return folder(Path.of(place), OwnFiles.ALL);
    }
    for (IndexStoreProvider provider : ServiceLoader.load(IndexStoreProvider.class)) {
      if (scheme.equalsIgnoreCase(provider.scheme())) {
        return provider.at(place);
      }
    }
    throw new IllegalArgumentException(
        "%s: no index store for '%s:' is on the class path (NESTWALK_PLUGINS names jars of such)"
            .formatted(shown(place), scheme));
  }

  /** A place without a user and password that it may hold. */
  private static String shown(URI place) {
    return place.toString().replaceFirst("//[^/]*@", "//");
  }

  /**
   * The store in a folder of the local file system.
   *
   * @param files is told what is made there
   */
  static IndexStore folder(Path place, OwnFiles files) {
    return new LuceneStore(place, files);
  }

  /** Begins an index in an empty or unfinished place, or goes on with one that was interrupted. */
  IndexBuilder build() throws IOException;

  /**
   * Opens a finished index.
   *
   * @throws BrokenIndexException when it is damaged or was written by another version
   */
  SearchIndex open() throws IOException;
}
