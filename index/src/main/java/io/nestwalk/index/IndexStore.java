package io.nestwalk.index;

import java.io.IOException;
import java.nio.file.Path;

/**
 * What keeps documents and answers queries: an embedded Lucene ({@link #embedded}), or later a
 * cluster that is given the same documents.
 */
public interface IndexStore {

  /**
   * The version of the documents and of what can be asked. Raised with every change of {@link
   * EntryJson}, {@link Field} or the way either is stored; an index of another version is rebuilt.
   */
  int SCHEMA_VERSION = 2;

  /** The default: Lucene in a folder. */
  static IndexStore embedded() {
    return new LuceneStore();
  }

  /**
   * Begins an index in an empty or unfinished place, or goes on with one that was interrupted.
   *
   * @param place where the index lies
   * @param files is told what is made there
   */
  IndexBuilder build(Path place, OwnFiles files) throws IOException;

  /**
   * Opens a finished index.
   *
   * @throws BrokenIndexException when it is damaged or was written by another version
   */
  SearchIndex open(Path place) throws IOException;
}
