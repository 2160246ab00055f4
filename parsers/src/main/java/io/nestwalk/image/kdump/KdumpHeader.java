package io.nestwalk.image.kdump;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.PiecedFile;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * The main header (struct disk_dump_header) and the one behind it (struct kdump_sub_header),
 * little-endian. Their layout depends on the word size of the machine that wrote them.
 *
 * @param version header_version, 1 to 6
 * @param utsname the kernel's names, 390 bytes as characters; equal in all files of a set
 * @param status flags about the file
 * @param blockSize of the file's structures and of a page
 * @param bitmapStart where the bitmaps begin: of pages that exist, of pages that were dumped
 * @param bitmapBytes the length of each of the two
 * @param descriptors where the table of dumped pages begins
 * @param pages one more than the highest page number
 * @param dumpLevel which kinds of pages the writer left out
 * @param split whether the file is one of a set
 * @param firstPage the first page that this file of a set is about
 * @param endPage one more than the last such page
 * @param vmcoreinfo where the kernel's text stands, 0 when nowhere
 * @param vmcoreinfoSize its length
 * @param notes where the ELF notes stand, 0 when nowhere
 * @param notesSize their length
 */
record KdumpHeader(
    int version,
    String utsname,
    long status,
    int blockSize,
    long bitmapStart,
    long bitmapBytes,
    long descriptors,
    long pages,
    long dumpLevel,
    boolean split,
    long firstPage,
    long endPage,
    long vmcoreinfo,
    long vmcoreinfoSize,
    long notes,
    long notesSize) {

  /** "KDUMP " as the little-endian value that {@link PiecedFile#longAt} gives. */
  static final long MAGIC = 0x202020504d55444bL;

  /** The writer stopped before its end, for lack of space or by a signal. */
  static final int STATUS_INCOMPLETE = 8;

  /** Pages of zeros are left out; so says the lowest bit of the dump level. */
  static final int LEVEL_ZERO = 1;

  private static final int VERSION = 8;
  private static final int UTSNAME = 12;
  private static final int UTSNAME_FIELD = 65;
  private static final int UTSNAME_FIELDS = 6;
  private static final int MACHINE_FIELD = 4;

  /** Where the fields behind the time stamp begin. */
  private static final int FIELDS_64 = 424;

  private static final int FIELDS_32 = 412;

  private static final int MIN_BLOCK = 4096;
  private static final int MAX_BLOCK = 65536;

  /** makedumpfile and QEMU use one or two blocks. */
  private static final long MAX_SUB_HEADER_BLOCKS = 1 << 16;

  static boolean hasMagic(PiecedFile file) {
    try {
      return file.holds(0, Long.BYTES) && file.longAt(0) == MAGIC;
    } catch (ImageException e) {
      return false;
    }
  }

  static KdumpHeader read(PiecedFile file) throws ImageException {
    if (!hasMagic(file)) {
      throw new ImageException(file.name(), "no kdump: \"KDUMP\" is missing at its start");
    }
    int version = (int) file.intAt(VERSION);
    boolean is64 = isBlockSize(file.intAt(FIELDS_64 + 4));
    if (!is64 && !isBlockSize(file.intAt(FIELDS_32 + 4))) {
      throw new ImageException(
          file.name(),
          "a kdump whose block size is neither at 0x%x (64-bit) nor at 0x%x (32-bit)"
              .formatted(FIELDS_64 + 4, FIELDS_32 + 4));
    }
    if (version < 1 || version > 6) {
      throw new ImageException(
          file.name(), VERSION, "a kdump of version %d; 1 to 6 are read".formatted(version));
    }
    int fields = is64 ? FIELDS_64 : FIELDS_32;
    int blockSize = (int) file.intAt(fields + 4);
    long subHeaderBlocks = file.intAt(fields + 8);
    long bitmapBlocks = file.intAt(fields + 12);
    if (subHeaderBlocks > MAX_SUB_HEADER_BLOCKS) {
      throw new ImageException(
          file.name(), fields + 8L, "a kdump with %d blocks of headers".formatted(subHeaderBlocks));
    }
    long bitmapStart = (1 + subHeaderBlocks) * blockSize;
    SubHeader sub = new SubHeader(file, blockSize, is64, version);
    long pages = version >= 6 ? sub.maxPage() : file.intAt(fields + 16);
    long first = version >= 6 ? sub.firstPage64() : sub.firstPage();
    long end = version >= 6 ? sub.endPage64() : sub.endPage();
    return new KdumpHeader(
        version,
        new String(
            file.slice(UTSNAME, UTSNAME_FIELD * UTSNAME_FIELDS).toArray(ValueLayout.JAVA_BYTE),
            StandardCharsets.ISO_8859_1),
        file.intAt(fields),
        blockSize,
        bitmapStart,
        bitmapBlocks / 2 * blockSize,
        bitmapStart + bitmapBlocks * blockSize,
        pages,
        sub.dumpLevel(),
        sub.isSplit(),
        first,
        end,
        sub.vmcoreinfo(),
        sub.vmcoreinfoSize(),
        sub.notes(),
        sub.notesSize());
  }

  /** The kernel's name of the machine, such as "x86_64". */
  String machine() {
    int start = UTSNAME_FIELD * MACHINE_FIELD;
    String field = utsname.substring(start, start + UTSNAME_FIELD);
    int end = field.indexOf('\0');
    return end < 0 ? field : field.substring(0, end);
  }

  /** Whether two files are about the same dump. */
  boolean belongsWith(KdumpHeader other) {
    return split
        && other.split
        && utsname.equals(other.utsname)
        && blockSize == other.blockSize
        && bitmapBytes == other.bitmapBytes
        && pages == other.pages;
  }

  private static boolean isBlockSize(long size) {
    return size >= MIN_BLOCK && size <= MAX_BLOCK && Long.bitCount(size) == 1;
  }
}
