package io.nestwalk.index;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.FilterDirectory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.IndexOutput;
import org.apache.lucene.store.NoLockFactory;

/** A folder in which Lucene deletes nothing but what it made, and tells what it makes. */
final class OwnFilesDirectory extends FilterDirectory {

  private final OwnFiles files;
  private int temporaries;

  /** A folder of which somebody else sees to it that one process alone writes there. */
  OwnFilesDirectory(Path place, OwnFiles files) throws IOException {
    super(FSDirectory.open(place, NoLockFactory.INSTANCE));
    this.files = files;
  }

  @Override
  public IndexOutput createOutput(String name, IOContext context) throws IOException {
    files.beforeMaking(name);
    return in.createOutput(name, context);
  }

  @Override
  public IndexOutput createTempOutput(String prefix, String suffix, IOContext context)
      throws IOException {
    String number = Integer.toString(temporaries++, Character.MAX_RADIX);
    return createOutput(
        IndexFileNames.segmentFileName(prefix, suffix + "_" + number, "tmp"), context);
  }

  @Override
  public void rename(String source, String target) throws IOException {
    files.beforeMaking(target);
    in.rename(source, target);
  }

  @Override
  public void deleteFile(String name) throws IOException {
    if (files.mayDelete(name)) {
      in.deleteFile(name);
    }
  }
}
