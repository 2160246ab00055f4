package io.nestwalk.index;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.file.Path;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.lucene.store.MMapDirectory;

/** Lucene in a folder of the local file system, with runs of pages in files beside it. */
final class LuceneStore implements IndexStore {

  /**
   * Lucene tells on stderr that vector instructions could be had with another JVM flag, which says
   * nothing to a user. The logger is kept because the log manager forgets those that nobody holds.
   */
  private static final Logger LOGGER = Logger.getLogger("org.apache.lucene");

  static {
    LOGGER.setLevel(Level.SEVERE);
  }

  /** Key of the commit's data that holds the version of the schema. */
  static final String SCHEMA = "schema";

  /** Key of the commit's data that holds the complete parts, as {@link IndexPart} writes them. */
  static final String PARTS = "parts";

  /** Key of the commit's data that says that the index is whole. */
  static final String FINISHED = "finished";

  private final Path place;
  private final OwnFiles files;

  /**
   * An index in a folder.
   *
   * @param files is told what is made there
   */
  LuceneStore(Path place, OwnFiles files) {
    this.place = place;
    this.files = files;
  }

  /** Has the JVM set up how files of an index are read, which takes longest of opening one. */
  static void link() {
    try {
      MethodHandles.lookup().ensureInitialized(MMapDirectory.class);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("a public class", e);
    }
  }

  @Override
  public IndexBuilder build() throws IOException {
    return new LuceneBuilder(place, files);
  }

  @Override
  public SearchIndex open() throws IOException {
    return new LuceneIndex(place);
  }
}
