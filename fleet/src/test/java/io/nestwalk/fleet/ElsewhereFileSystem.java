package io.nestwalk.fleet;

import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** The local files under another scheme: to the fleet they are no files of this machine. */
public final class ElsewhereFileSystem extends RawLocalFileSystem {

  /** The system property that names a file which is listed and can't be opened. */
  static final String GONE = "nestwalk.test.gone";

  @Override
  public URI getUri() {
    return URI.create("elsewhere:///");
  }

  @Override
  public String getScheme() {
    return "elsewhere";
  }

  @Override
  public FSDataInputStream open(Path file, int bufferSize) throws IOException {
    if (file.getName().equals(System.getProperty(GONE))) {
      throw new IOException(file + " is gone");
    }
    return super.open(file, bufferSize);
  }
}
