package io.nestwalk.fleet;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/** The images that patterns name, in any of Hadoop's file systems. */
final class ImageListing {

  private ImageListing() {}

  /**
   * The files, each once, in the order of their addresses. A folder stands for all files below it;
   * names that begin with a dot or an underscore are nobody's images.
   *
   * @param patterns addresses with {@code *}, {@code ?}, {@code [ab]} and {@code {a,b}}
   * @throws FileNotFoundException when a pattern names nothing
   */
  static List<ImageFile> of(List<String> patterns, Configuration configuration) throws IOException {
    Map<String, ImageFile> found = new TreeMap<>();
    for (String pattern : patterns) {
      Path path = new Path(pattern);
      FileSystem files = path.getFileSystem(configuration);
      FileStatus[] matches = files.globStatus(path);
      if (matches == null || matches.length == 0) {
        throw new FileNotFoundException(pattern + ": names no file");
      }
      for (FileStatus match : matches) {
        if (match.isFile()) {
          add(match, found);
        } else {
          RemoteIterator<LocatedFileStatus> below = files.listFiles(match.getPath(), true);
          while (below.hasNext()) {
            FileStatus file = below.next();
            if (isNamedLikeAnImage(file.getPath(), match.getPath())) {
              add(file, found);
            }
          }
        }
      }
    }
    List<ImageFile> all = new ArrayList<>(found.values());
    all.sort(Comparator.comparing(ImageFile::uri));
    return all;
  }

  private static void add(FileStatus file, Map<String, ImageFile> found) {
    // A local path is written with one slash here and with three there.
    String uri = file.getPath().toString().replaceFirst("^file:/+", "file:/");
    found.put(
        uri, new ImageFile(uri, file.getLen(), Instant.ofEpochMilli(file.getModificationTime())));
  }

  private static boolean isNamedLikeAnImage(Path file, Path folder) {
    for (Path part = file; part != null && !part.equals(folder); part = part.getParent()) {
      if (part.getName().startsWith(".") || part.getName().startsWith("_")) {
        return false;
      }
    }
    return true;
  }
}
