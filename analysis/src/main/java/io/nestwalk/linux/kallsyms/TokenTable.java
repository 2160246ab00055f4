package io.nestwalk.linux.kallsyms;

import io.nestwalk.image.Memory;
import java.util.Optional;

/**
 * {@code kallsyms_token_table} and {@code kallsyms_token_index}: the 256 strings that the bytes of
 * compressed names stand for.
 */
final class TokenTable {

  static final int TOKENS = 256;

  /** Tokens are a few bytes each: real tables are below 2 KiB. */
  private static final int MAX_TABLE = 1 << 14;

  private static final int MAX_TOKEN = 128;

  private final long address;
  private final long end;
  private final byte[] bytes;
  private final int[] starts;

  private TokenTable(long address, long end, byte[] bytes, int[] starts) {
    this.address = address;
    this.end = end;
    this.bytes = bytes;
    this.starts = starts;
  }

  /** Address of the table. */
  long address() {
    return address;
  }

  /** One past the index, which follows the table. */
  long end() {
    return end;
  }

  /** A token's character. */
  int character(int token, int index) {
    return bytes[starts[token] + index] & 0xff;
  }

  /**
   * Copies a token's characters.
   *
   * @param to has room for them from {@code offset} on
   * @return how many there are
   */
  int copy(int token, byte[] to, int offset) {
    int length = length(token);
    System.arraycopy(bytes, starts[token], to, offset, length);
    return length;
  }

  /**
   * The table around {@code digits}.
   *
   * @param digits where the digits '0' to '9' stand as tokens of one character each: characters
   *     that symbols are made of stand for themselves
   * @param alignment of the tables: 4 or 8
   */
  static Optional<TokenTable> around(Memory memory, long digits, int alignment) {
    // '0' is token 0x30. Before it stand 0x30 more; where the first begins is not marked, so the
    // candidates are tried against the index.
    long position = digits;
    for (int i = 0; i < '0'; i++) {
      position = previousToken(memory, position);
      if (position == 0) {
        return Optional.empty();
      }
    }
    long first = position + alignment - 1 & -alignment;
    for (long start = first; start - first < MAX_TOKEN; start += alignment) {
      Optional<TokenTable> table = at(memory, start, alignment);
      if (table.isPresent()) {
        return table;
      }
    }
    return Optional.empty();
  }

  private static long previousToken(Memory memory, long start) {
    if (memory.getByte(start - 1) != 0) {
      return 0;
    }
    for (int length = 0; length < MAX_TOKEN; length++) {
      long before = start - 2 - length;
      int b = memory.getByte(before);
      if (b < 0) {
        return 0;
      }
      if (b == 0) {
        return before + 1;
      }
    }
    return 0;
  }

  /** The table at {@code address}, if it stands there. */
  static Optional<TokenTable> at(Memory memory, long address, int alignment) {
    byte[] bytes = memory.readBytes(address, MAX_TABLE + 2 * TOKENS);
    int[] starts = new int[TOKENS];
    int position = 0;
    for (int i = 0; i < TOKENS; i++) {
      starts[i] = position;
      while (position < bytes.length && bytes[position] != 0) {
        position++;
      }
      position++;
      if (position > Math.min(MAX_TABLE, bytes.length) || position - starts[i] > MAX_TOKEN) {
        return Optional.empty();
      }
    }
    int index = (position + alignment - 1) & -alignment;
    if (index + 2 * TOKENS > bytes.length) {
      return Optional.empty();
    }
    for (int i = 0; i < TOKENS; i++) {
      int told = (bytes[index + 2 * i] & 0xff) | (bytes[index + 2 * i + 1] & 0xff) << 8;
      if (told != starts[i]) {
        return Optional.empty();
      }
    }
    return Optional.of(
        new TokenTable(
            address,
            address + index + 2 * TOKENS,
            java.util.Arrays.copyOf(bytes, position),
            starts));
  }

  /** How many characters a token has. */
  int length(int token) {
    int end = token == TOKENS - 1 ? bytes.length : starts[token + 1];
    return end - starts[token] - 1;
  }
}
