package io.nestwalk.linux.btf;

import io.nestwalk.image.Memory;
import java.util.Optional;

/**
 * {@code struct btf_header}: where the two sections of a BTF blob stand.
 *
 * @param address of the blob
 * @param typesAt address of the types
 * @param typesLength their length in bytes
 * @param stringsAt address of the names
 * @param stringsLength their length in bytes
 */
public record BtfHeader(
    long address, long typesAt, int typesLength, long stringsAt, int stringsLength) {

  /** The first four bytes of BTF: magic 0xeb9f, version 1, no flags. */
  public static final int START = 0x0001_eb9f;

  /** Any kernel's types are far smaller; a length beyond this is a lie. */
  private static final int MAX_SECTION = 64 << 20;

  private static final int MIN_HEADER = 24;
  private static final int MAX_HEADER = 256;

  /** The header at {@code address}, when what stands there can be one. */
  public static Optional<BtfHeader> at(Memory memory, long address) {
    if (memory.getInt(address, 0) != START) {
      return Optional.empty();
    }
    int headerLength = memory.getInt(address + 4, 0);
    int typesOffset = memory.getInt(address + 8, -1);
    int typesLength = memory.getInt(address + 12, -1);
    int stringsOffset = memory.getInt(address + 16, -1);
    int stringsLength = memory.getInt(address + 20, -1);
    if (headerLength < MIN_HEADER
        || headerLength > MAX_HEADER
        || !isSection(typesOffset, typesLength)
        || !isSection(stringsOffset, stringsLength)
        || (typesLength & 3) != 0) {
      return Optional.empty();
    }
    long body = address + headerLength;
    return Optional.of(
        new BtfHeader(
            address, body + typesOffset, typesLength, body + stringsOffset, stringsLength));
  }

  private static boolean isSection(int offset, int length) {
    return offset >= 0 && length > 0 && offset < MAX_SECTION && length < MAX_SECTION;
  }
}
