package io.nestwalk.image.known;

import io.nestwalk.image.ImageFile;
import java.util.Optional;

/** Hyper-V's state and configuration files, .VMRS and .vmcx. */
final class HyperVStorage {

  private static final Signature SIGNATURE = new Signature(0, "\u0014 (\u0001", "");

  /** RAM is stored in blocks that stand for 1 MiB each; a smaller file is without it. */
  private static final long SMALLEST_WITH_RAM = 1 << 20;

  private HyperVStorage() {}

  static Optional<String> explain(ImageFile file) {
    if (!SIGNATURE.matches(file)) {
      return Optional.empty();
    }
    return Optional.of(
        file.length() < SMALLEST_WITH_RAM
            ? "a Hyper-V state or configuration file without RAM in it"
            : "a Hyper-V saved state, which is not supported; convert it with vm2dmp");
  }
}
