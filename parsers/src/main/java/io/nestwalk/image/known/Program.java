package io.nestwalk.image.known;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Recognises programs of Windows and UEFI (the PE format's specification) for x86. Those for ARM
 * are let pass: a Linux kernel is one, and may stand at the very start of an ARM machine's memory.
 */
final class Program {

  private static final int POINTER_AT = 0x3c;
  private static final int MACHINE_I386 = 0x14c;
  private static final int MACHINE_AMD64 = 0x8664;

  private Program() {}

  /** What the file is when it is a program. */
  static Optional<String> explain(ImageFile file) throws ImageException {
    if (!file.startsWith(0, "MZ".getBytes(StandardCharsets.US_ASCII))
        || !file.holds(POINTER_AT, Integer.BYTES)) {
      return Optional.empty();
    }
    long header = file.intAt(POINTER_AT);
    if (!file.startsWith(header, new byte[] {'P', 'E', 0, 0}) || !file.holds(header, 24)) {
      return Optional.empty();
    }
    int machine = file.shortAt(header + 4);
    return machine == MACHINE_I386 || machine == MACHINE_AMD64
        ? Optional.of("a Windows or UEFI program (PE), not memory")
        : Optional.empty();
  }
}
