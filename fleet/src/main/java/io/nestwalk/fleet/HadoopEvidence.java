package io.nestwalk.fleet;

import io.nestwalk.image.Evidence;
import java.io.Closeable;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;

/** An image in one of Hadoop's file systems, read by ranges. */
final class HadoopEvidence implements Evidence, Closeable {

  /** A request to an object store costs as much as the transfer of about so many bytes. */
  private static final int BLOCK = 1 << 20;

  private final ImageFile image;
  private final FSDataInputStream in;

  private HadoopEvidence(ImageFile image, FSDataInputStream in) {
    this.image = image;
    this.in = in;
  }

  static HadoopEvidence open(ImageFile image, Configuration configuration) throws IOException {
    Path path = new Path(image.uri());
    return new HadoopEvidence(image, path.getFileSystem(configuration).open(path));
  }

  @Override
  public String name() {
    return image.uri();
  }

  @Override
  public String identity() {
    return image.id();
  }

  @Override
  public long length() {
    return image.bytes();
  }

  @Override
  public int read(long position, byte[] target, int offset, int count) throws IOException {
    return in.read(position, target, offset, count);
  }

  @Override
  public int blockBytes() {
    return BLOCK;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
