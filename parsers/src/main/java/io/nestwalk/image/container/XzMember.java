package io.nestwalk.image.container;

import java.io.IOException;
import java.io.InputStream;
import org.tukaani.xz.SingleXZInputStream;

/**
 * Opens one stream of xz.
 *
 * <p>A class of its own, loaded where there is one: a class of a sealed package, as that library's
 * are, that stands in the JVM's cache of classes keeps the JVM from loading others of that package.
 */
final class XzMember {

  private XzMember() {}

  /** A decoder that needs no more memory than so many KiB. */
  static InputStream open(InputStream packed, int maxHeapKib) throws IOException {
    return new SingleXZInputStream(packed, maxHeapKib);
  }
}
