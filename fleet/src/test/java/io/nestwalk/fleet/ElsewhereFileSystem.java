package io.nestwalk.fleet;

import java.net.URI;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** The local files under another scheme: to the fleet they are no files of this machine. */
public final class ElsewhereFileSystem extends RawLocalFileSystem {

  @Override
  public URI getUri() {
    return URI.create("elsewhere:///");
  }

  @Override
  public String getScheme() {
    return "elsewhere";
  }
}
