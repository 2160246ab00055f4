package io.nestwalk.image.container;

import io.nestwalk.image.aff4.Aff4Format;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/** The ways of packing that are undone here, each with the bytes that it is known by. */
enum Packing {
  ZSTD("zst", false, 0, "28b52ffd"),
  XZ("xz", false, 0, "fd377a585a00"),
  GZIP("gz", false, 0, "1f8b08"),
  BZIP2("bz2", false, 0, "425a68"),
  LZ4("lz4", false, 0, "04224d18"),

  /** What lz4 wrote before its frames had headers, and still writes with "-l". */
  LZ4_LEGACY("lz4", false, 0, "02214c18"),
  LZOP("lzo", false, 0, "894c5a4f000d0a1a0a"),

  /** A stream without a header of its own beyond two bytes. */
  ZLIB("zlib", false, 0, "78"),
  ZIP("zip", true, 0, "504b0304"),
  SEVEN_ZIP("7z", true, 0, "377abcaf271c"),
  TAR("tar", true, 257, "7573746172"),

  /** A file of libvirt's; only one whose stream is packed. */
  LIBVIRT("libvirt", false, 0, "4c69627669727451656d7564");

  /** How many bytes of a file's head {@link #of} needs. */
  static final int HEAD = 512;

  /** The first block of a bzip2 stream begins with pi, right after "425a68" and the level. */
  private static final byte[] BZIP2_BLOCK = {0x31, 0x41, 0x59, 0x26, 0x53, 0x59};

  private final String suffix;
  private final boolean archive;
  private final int offset;
  private final String magic;

  Packing(String suffix, boolean archive, int offset, String magic) {
    this.suffix = suffix;
    this.archive = archive;
    this.offset = offset;
    this.magic = magic;
  }

  /** The packing that a file with this head has. */
  static Optional<Packing> of(byte[] head, int length) {
    for (Packing packing : values()) {
      if (packing.matches(head, length)) {
        return Optional.of(packing);
      }
    }
    return Optional.empty();
  }

  /** The suffix that files of the kind usually have. */
  String suffix() {
    return suffix;
  }

  /** Whether it holds members with names, instead of one stream. */
  boolean isArchive() {
    return archive;
  }

  private boolean matches(byte[] head, int length) {
    if (this == ZSTD && isSkippableFrame(head, length)) {
      return true;
    }
    if (this == ZIP && Aff4Format.begins(head, length)) {
      return false; // read in place
    }
    if (this == ZLIB) {
      return ZlibMember.begins(head, length);
    }
    if (this == LIBVIRT) {
      return LibvirtSave.isPacked(head, length);
    }
    if (this == BZIP2
        && (length < 10 || !Arrays.equals(head, 4, 10, BZIP2_BLOCK, 0, BZIP2_BLOCK.length))) {
      return false;
    }
    byte[] expected = HexFormat.of().parseHex(magic);
    return length >= offset + expected.length
        && Arrays.equals(head, offset, offset + expected.length, expected, 0, expected.length);
  }

  /** Parallel zstd writers put such a frame first. */
  static boolean isSkippableFrame(byte[] head, int length) {
    return length >= 4
        && (head[0] & 0xf0) == 0x50
        && head[1] == 0x2a
        && head[2] == 0x4d
        && head[3] == 0x18;
  }
}
