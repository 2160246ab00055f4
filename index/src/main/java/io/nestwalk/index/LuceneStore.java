package io.nestwalk.index;

import java.io.IOException;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Lucene in a folder of the local file system. */
final class LuceneStore implements IndexStore {

  /**
   * Lucene tells on stderr that vector instructions could be had with another JVM flag, which says
   * nothing to a user. The logger is kept because the log manager forgets those that nobody holds.
   */
  private static final Logger LOGGER = Logger.getLogger("org.apache.lucene");

  /** Key of the commit's data that holds the version of the schema. */
  static final String SCHEMA = "schema";

  /** Key of the commit's data that holds the names of the complete parts. */
  static final String PARTS = "parts";

  /** Keys of the commit's data, with a number each, that hold what is said of complete parts. */
  static final String WARNING = "warning.";

  /** Key of the commit's data that says that the index is whole. */
  static final String FINISHED = "finished";

  LuceneStore() {
    LOGGER.setLevel(Level.SEVERE);
  }

  @Override
  public IndexBuilder build(Path place, OwnFiles files) throws IOException {
    return new LuceneBuilder(place, files);
  }

  @Override
  public SearchIndex open(Path place) throws IOException {
    return new LuceneIndex(place);
  }
}
