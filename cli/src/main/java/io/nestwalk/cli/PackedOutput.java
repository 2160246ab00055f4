package io.nestwalk.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.GZIPOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/**
 * Packs what is written into a file, by the end of the file's name.
 *
 * <p>A class of its own, and not a command's: help looks at every command, which loads what it
 * refers to; and a class of a sealed package, as xz is, that stands in the JVM's cache of classes
 * keeps the JVM from loading others of that package.
 */
final class PackedOutput {

  private PackedOutput() {}

  /** A stream that packs for .xz and .gz, and is the given one for others. */
  static OutputStream of(OutputStream stream, String name) throws IOException {
    if (name.endsWith(".xz")) {
      return new XZOutputStream(stream, new LZMA2Options(1));
    }
    return name.endsWith(".gz") ? new GZIPOutputStream(stream) : stream;
  }
}
