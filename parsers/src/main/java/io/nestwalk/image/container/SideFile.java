package io.nestwalk.image.container;

import io.nestwalk.image.OpenOptions;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A file that is read beside an image from its start to its end, such as a symbol file: plain, or
 * packed with one of the packings that hold a single stream (zstd, xz, gzip, bzip2, lz4, lzop,
 * zlib).
 */
public final class SideFile {

  private static final int BUFFER = 1 << 16;

  private SideFile() {}

  /**
   * Opens the file; what makes it no such file is found while it is read.
   *
   * @param maxBytes how many bytes may come out; more is an error
   * @throws IOException when it cannot be read, is an archive, or its packing is damaged
   */
  public static InputStream open(Path file, long maxBytes) throws IOException {
    InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER);
    try {
      in.mark(Packing.HEAD);
      byte[] head = in.readNBytes(Packing.HEAD);
      in.reset();
      Optional<Packing> packing = Packing.of(head, head.length);
      if (packing.isPresent() && packing.get().isArchive()) {
        throw new IOException("a %s archive; unpack it".formatted(packing.get().suffix()));
      }
      InputStream plain =
          packing.isPresent()
              ? Decoders.open(packing.get(), in, OpenOptions.DEFAULT_MAX_DECODER_BYTES)
              : in;
      return new BufferedInputStream(
          new FilterInputStream(new DecodedStream(plain, new Budget(maxBytes), 0)) {
            @Override
            public void close() throws IOException {
              plain.close();
            }
          },
          BUFFER);
    } catch (IOException | RuntimeException e) {
      in.close();
      throw e;
    }
  }
}
