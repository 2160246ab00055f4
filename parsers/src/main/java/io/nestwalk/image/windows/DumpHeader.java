package io.nestwalk.image.windows;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The header of a crash dump (DUMP_HEADER, DUMP_HEADER64).
 *
 * @param is64 whether it is the 64-bit form
 * @param major 15 for a free build of Windows, 12 for a checked one
 * @param build Windows' build number
 * @param directoryTableBase CR3 of the CPU that wrote the dump, low bits included
 * @param machine IMAGE_FILE_MACHINE_*
 * @param processors how many CPUs the machine has
 * @param bugCheck the code of the crash, or a tool's name in its place
 * @param paeEnabled whether a 32-bit Windows uses PAE
 * @param dumpType how memory is stored
 */
record DumpHeader(
    boolean is64,
    long major,
    long build,
    long directoryTableBase,
    long machine,
    long processors,
    long bugCheck,
    boolean paeEnabled,
    long dumpType) {

  static final int SIZE_64 = 0x2000;
  static final int SIZE_32 = 0x1000;

  static final long MACHINE_I386 = 0x14c;
  static final long MACHINE_AMD64 = 0x8664;
  static final long MACHINE_ARM64 = 0xaa64;

  static final int TYPE_FULL = 1;
  static final int TYPE_KERNEL = 2;
  static final int TYPE_TRIAGE = 4;
  static final int TYPE_BITMAP_FULL = 5;
  static final int TYPE_BITMAP_KERNEL = 6;
  static final int TYPE_RANGES_KERNEL = 8;
  static final int TYPE_RANGES_KERNEL_AND_USER = 9;
  static final int TYPE_RANGES_COMPLETE = 10;

  /** "PAGE": what fields are filled with that the writer does not set. */
  static final long UNSET = 0x45474150;

  private static final byte[] MAGIC_64 = "PAGEDU64".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] MAGIC_32 = "PAGEDUMP".getBytes(StandardCharsets.US_ASCII);

  /** "MATT", the bug check code in dumps of the tool DumpIt. */
  private static final long DUMPIT = 0x5454414d;

  static boolean hasMagic(ImageFile file) {
    return file.startsWith(0, MAGIC_64) || file.startsWith(0, MAGIC_32);
  }

  /** Reads the header of a file that {@link #hasMagic}. */
  static DumpHeader read(ImageFile file) throws ImageException {
    boolean is64 = file.startsWith(0, MAGIC_64);
    if (file.length() < (is64 ? SIZE_64 : SIZE_32)) {
      throw new ImageException(file.name(), "a Windows crash dump that is cut within its header");
    }
    return is64
        ? new DumpHeader(
            true,
            file.intAt(0x08),
            file.intAt(0x0c),
            file.longAt(0x10),
            file.intAt(0x30),
            file.intAt(0x34),
            file.intAt(0x38),
            true,
            file.intAt(0xf98))
        : new DumpHeader(
            false,
            file.intAt(0x08),
            file.intAt(0x0c),
            file.intAt(0x10),
            file.intAt(0x20),
            file.intAt(0x24),
            file.intAt(0x28),
            file.byteAt(0x5c) == 1,
            file.intAt(0xf88));
  }

  /** Where what follows the header begins. */
  int size() {
    return is64 ? SIZE_64 : SIZE_32;
  }

  /** Why no memory can be read from a dump of the type; empty when it can. */
  Optional<String> refusal() {
    return switch ((int) dumpType) {
      case TYPE_FULL,
          TYPE_KERNEL,
          TYPE_BITMAP_FULL,
          TYPE_BITMAP_KERNEL,
          TYPE_RANGES_KERNEL,
          TYPE_RANGES_KERNEL_AND_USER,
          TYPE_RANGES_COMPLETE ->
          Optional.empty();
      case TYPE_TRIAGE ->
          is64
              ? Optional.empty()
              : Optional.of(
                  "a 32-bit Windows triage dump (minidump of the kernel), which is not supported");
      default -> Optional.of("a Windows crash dump of the unknown type %d".formatted(dumpType));
    };
  }

  /** What kind of dump it is, for users. */
  String description() {
    return switch ((int) dumpType) {
      case TYPE_FULL -> "full Windows crash dump";
      case TYPE_KERNEL, TYPE_BITMAP_KERNEL, TYPE_RANGES_KERNEL -> "Windows kernel crash dump";
      case TYPE_TRIAGE -> "Windows triage dump";
      case TYPE_RANGES_KERNEL_AND_USER -> "Windows crash dump of kernel and user pages";
      default -> "full Windows crash dump without free pages";
    };
  }

  /** What wrote the dump and of what. */
  String creator() {
    return "%s, Windows build %d%s, %d CPUs"
        .formatted(
            bugCheck == DUMPIT ? "DumpIt" : "Windows",
            build,
            major == 12 ? " (checked)" : "",
            processors);
  }
}
