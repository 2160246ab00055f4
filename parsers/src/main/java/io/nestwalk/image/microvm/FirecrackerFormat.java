package io.nestwalk.image.microvm;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import java.nio.file.Path;

/**
 * Firecracker's memory files. They look like raw memory, so they are opened so only when the user
 * names the state file beside them or the format.
 */
public final class FirecrackerFormat implements ImageFormat {

  private static final long STATE_X86_64 = 0x0710_1984_8664_0000L;
  private static final long STATE_AARCH64 = 0x0710_1984_aaaa_0000L;

  private static final Layout X86_64 =
      new Layout(Architecture.X86_64, 0, 0xd000_0000L, 0x1_0000_0000L);

  /** No hole: RAM begins at 2 GiB and goes on to the end. */
  private static final Layout AARCH64 =
      new Layout(Architecture.AARCH64, 0x8000_0000L, 1L << 40, 1L << 40);

  /** For the service loader. */
  public FirecrackerFormat() {}

  @Override
  public String name() {
    return "firecracker";
  }

  @Override
  public Probe probe(ImageFile file) {
    return Probe.no("a Firecracker memory file has no signature; name its state file with --meta");
  }

  @Override
  public boolean readsMeta(ImageFile meta) {
    long magic = magic(meta);
    return magic == STATE_X86_64 || magic == STATE_AARCH64;
  }

  @Override
  public MemoryImage open(ImageFile file, OpenOptions options) throws ImageException {
    if (readsMeta(file)) {
      throw new ImageException(
          file.name(), "a Firecracker state file, which has no memory in it; give its memory file");
    }
    boolean isArm = false;
    if (options.meta().isPresent()) {
      Path path = options.meta().get();
      try (ImageFile meta = ImageFile.map(path, path.toString(), "")) {
        isArm = magic(meta) == STATE_AARCH64;
      }
    }
    return (isArm ? AARCH64 : X86_64).open(file, name(), "Firecracker", options);
  }

  private static long magic(ImageFile file) {
    try {
      return file.longAt(0);
    } catch (ImageException e) {
      return 0; // shorter than a state file
    }
  }
}
