package io.nestwalk.image.known;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.util.Optional;

/** Crash dumps of a Windows kernel, 32- and 64-bit, told apart by their DumpType. */
final class WindowsCrashDump {

  private static final Signature HEADER_64 = new Signature(0, "PAGEDU64", "");
  private static final Signature HEADER_32 = new Signature(0, "PAGEDUMP", "");

  private static final long TYPE_OFFSET_64 = 0xf98;
  private static final long TYPE_OFFSET_32 = 0xf88;

  private WindowsCrashDump() {}

  static Optional<String> explain(ImageFile file) {
    boolean is64 = HEADER_64.matches(file);
    if (!is64 && !HEADER_32.matches(file)) {
      return Optional.empty();
    }
    try {
      long type = file.intAt(is64 ? TYPE_OFFSET_64 : TYPE_OFFSET_32);
      return Optional.of(describe(type));
    } catch (ImageException e) {
      return Optional.of("a Windows crash dump that is cut within its header");
    }
  }

  private static String describe(long type) {
    return switch ((int) type) {
      case 1 -> "a full Windows crash dump, which is not supported";
      case 2 -> "a Windows kernel crash dump, which is not supported";
      case 4 -> "a Windows triage dump (minidump of the kernel), not a memory image";
      case 5, 6, 8, 9, 10 ->
          "a Windows crash dump of type %d, which is not supported".formatted(type);
      default -> "a Windows crash dump of the unknown type %d".formatted(type);
    };
  }
}
