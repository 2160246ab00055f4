package io.nestwalk.image.known;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.util.List;
import java.util.Optional;

/**
 * Recognises plain images of disks and of file systems: partition tables (UEFI specification,
 * chapter 5), boot sectors, and superblocks, by more than one value each. Page 0 of a machine's
 * memory holds none of them: firmware loads boot sectors elsewhere.
 */
final class Disk {

  private static final int SECTOR = 512;

  private static final int BOOT_MARK = 0xaa55;
  private static final int BOOT_MARK_AT = 510;
  private static final int PARTITIONS_AT = 446;
  private static final int PARTITION_SIZE = 16;
  private static final int PARTITIONS = 4;

  private static final int EXT_AT = 1024;
  private static final int EXT_MAGIC = 0xef53;

  private static final String A_DISK = "a disk image (%s), not memory";

  private static final List<Signature> FILE_SYSTEMS =
      List.of(
          new Signature(3, "NTFS    ", "an NTFS file system"),
          new Signature(3, "-FVE-FS-", "a file system encrypted by BitLocker"),
          new Signature(3, "EXFAT   ", "an exFAT file system"),
          new Signature(54, "FAT1", "a FAT file system"),
          new Signature(82, "FAT32   ", "a FAT file system"));

  private static final List<Signature> OTHERS =
      List.of(
          new Signature(SECTOR, "EFI PART\0\0\u0001\0", "with a GUID partition table"),
          new Signature(4096, "EFI PART\0\0\u0001\0", "with a GUID partition table"),
          new Signature(SECTOR, "LABELONE", "an LVM volume"),
          new Signature(0, "XFSB\0\0", "an XFS file system"),
          new Signature(0x8001, "CD001\u0001", "ISO 9660"),
          new Signature(0x1_0040, "_BHRfS_M", "a btrfs file system"));

  private Disk() {}

  /** What the file is when it is a disk. */
  static Optional<String> explain(ImageFile file) throws ImageException {
    if (file.length() < SECTOR) {
      return Optional.empty();
    }
    boolean bootable = file.shortAt(BOOT_MARK_AT) == BOOT_MARK;
    for (Signature signature : OTHERS) {
      if (signature.matches(file)) {
        return Optional.of(A_DISK.formatted(signature.explanation()));
      }
    }
    if (bootable) {
      for (Signature signature : FILE_SYSTEMS) {
        if (signature.matches(file)) {
          return Optional.of(A_DISK.formatted(signature.explanation()));
        }
      }
      if (hasPartitions(file)) {
        return Optional.of(A_DISK.formatted("with a partition table"));
      }
    }
    return isExt(file)
        ? Optional.of(A_DISK.formatted("an ext2, ext3 or ext4 file system"))
        : Optional.empty();
  }

  /** Four entries, each free or of a known status, with at least one that names sectors. */
  private static boolean hasPartitions(ImageFile file) throws ImageException {
    int used = 0;
    for (int i = 0; i < PARTITIONS; i++) {
      int at = PARTITIONS_AT + i * PARTITION_SIZE;
      int status = file.byteAt(at);
      if (status != 0 && status != 0x80) {
        return false;
      }
      int type = file.byteAt(at + 4);
      long first = file.intAt(at + 8);
      long sectors = file.intAt(at + 12);
      if (type == 0 ? first != 0 || sectors != 0 : first == 0 || sectors == 0) {
        return false;
      }
      used += type == 0 ? 0 : 1;
    }
    return used > 0;
  }

  /** The superblock's magic, block size, state, way to treat errors and creator. */
  private static boolean isExt(ImageFile file) throws ImageException {
    return file.holds(EXT_AT, 1024)
        && file.shortAt(EXT_AT + 0x38) == EXT_MAGIC
        && file.intAt(EXT_AT) > 0
        && file.intAt(EXT_AT + 4) > 0
        && file.intAt(EXT_AT + 0x18) <= 6
        && file.shortAt(EXT_AT + 0x3a) <= 7
        && file.shortAt(EXT_AT + 0x3c) >= 1
        && file.shortAt(EXT_AT + 0x3c) <= 3
        && file.intAt(EXT_AT + 0x48) <= 4;
  }
}
