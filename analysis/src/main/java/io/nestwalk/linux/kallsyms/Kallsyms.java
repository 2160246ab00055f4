package io.nestwalk.linux.kallsyms;

import io.nestwalk.image.Memory;
import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.Symbol;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * The kernel's symbols. Names are found by their hash, which is worked out from the hashes of the
 * tokens on the first question; nothing is expanded but the names that are asked for. Not for use
 * by several threads at once.
 */
public final class Kallsyms implements KernelSymbols {

  private static final int MULTIPLIER = 31;

  private final TokenTable tokens;
  private final NameTable names;
  private final long[] addresses;

  /** Where in the names each symbol begins; made with {@link #byHash}. */
  private int[] positions;

  /** Open addressing: symbol index + 1 by the hash of the name. */
  private int[] byHash;

  private int[] hashes;
  private Integer[] byAddress;

  private Kallsyms(TokenTable tokens, NameTable names, long[] addresses) {
    this.tokens = tokens;
    this.names = names;
    this.addresses = addresses;
  }

  /**
   * The tables around a place that looks like their tokens.
   *
   * @param memory the kernel's virtual memory
   * @param digits where the bytes {@code '0' 0 '1' 0 ... '9' 0} begin
   * @param pointerSize 4 or 8: tables are aligned to it, since Linux 7.2 to 4 everywhere
   */
  public static Optional<Kallsyms> locate(Memory memory, long digits, int pointerSize) {
    Optional<Kallsyms> found = aligned(memory, digits, pointerSize, pointerSize);
    return found.isPresent() || pointerSize == Integer.BYTES
        ? found
        : aligned(memory, digits, pointerSize, Integer.BYTES);
  }

  private static Optional<Kallsyms> aligned(
      Memory memory, long digits, int pointerSize, int alignment) {
    return TokenTable.around(memory, digits, alignment)
        .flatMap(
            tokens ->
                NameTable.before(memory, tokens.address(), alignment)
                    .flatMap(
                        names ->
                            AddressTable.of(memory, names, tokens, pointerSize, alignment)
                                .map(addresses -> new Kallsyms(tokens, names, addresses))));
  }

  /** How many symbols there are. */
  public int size() {
    return names.count();
  }

  /** The symbol number {@code index}, in the order of the tables. */
  public Symbol symbol(int index) {
    indexNames();
    String text = expand(positions[index]);
    return new Symbol(
        text.isEmpty() ? "" : text.substring(1),
        text.isEmpty() ? '?' : text.charAt(0),
        addresses[index]);
  }

  @Override
  public OptionalLong address(String name) {
    indexNames();
    int hash = hash(name.getBytes(StandardCharsets.UTF_8));
    for (int slot = slotOf(hash); byHash[slot] != 0; slot = slot + 1 & byHash.length - 1) {
      int index = byHash[slot] - 1;
      if (hashes[index] == hash) {
        String text = expand(positions[index]);
        if (text.length() == name.length() + 1 && text.endsWith(name)) {
          return OptionalLong.of(addresses[index]);
        }
      }
    }
    return OptionalLong.empty();
  }

  @Override
  public Optional<Symbol> at(long address) {
    if (byAddress == null) {
      Integer[] order = new Integer[addresses.length];
      Arrays.setAll(order, i -> i);
      Arrays.sort(order, Comparator.comparing(i -> addresses[i], Long::compareUnsigned));
      byAddress = order;
    }
    int low = 0;
    int high = byAddress.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(addresses[byAddress[middle]], address) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low == 0 ? Optional.empty() : Optional.of(symbol(byAddress[low - 1]));
  }

  @Override
  public void forEach(Consumer<? super Symbol> visitor) {
    for (int i = 0; i < names.count(); i++) {
      visitor.accept(symbol(i));
    }
  }

  /**
   * Goes over all names once. A name's hash is that of a polynomial over its characters without the
   * first, which is the symbol's type; so tokens' hashes can be put together.
   */
  private void indexNames() {
    if (byHash != null) {
      return;
    }
    int[] tokenHash = new int[TokenTable.TOKENS];
    int[] tokenPower = new int[TokenTable.TOKENS];
    int[] tailHash = new int[TokenTable.TOKENS];
    for (int i = 0; i < TokenTable.TOKENS; i++) {
      int length = tokens.length(i);
      tokenPower[i] = 1;
      for (int j = 0; j < length; j++) {
        int c = (byte) tokens.character(i, j);
        tokenHash[i] = MULTIPLIER * tokenHash[i] + c;
        tailHash[i] = j == 0 ? 0 : MULTIPLIER * tailHash[i] + c;
        tokenPower[i] *= MULTIPLIER;
      }
    }
    byte[] bytes = names.bytes();
    int count = names.count();
    positions = new int[count];
    hashes = new int[count];
    int[] table = new int[Integer.highestOneBit(Math.max(16, count)) << 2];
    int position = 0;
    for (int i = 0; i < count; i++) {
      positions[i] = position;
      int start = NameTable.start(bytes, position);
      int end = start + NameTable.length(bytes, position);
      int hash = start < end ? tailHash[bytes[start] & 0xff] : 0;
      for (int at = start + 1; at < end; at++) {
        int token = bytes[at] & 0xff;
        hash = hash * tokenPower[token] + tokenHash[token];
      }
      hashes[i] = hash;
      int slot = slot(hash, table.length);
      while (table[slot] != 0) {
        slot = slot + 1 & table.length - 1;
      }
      table[slot] = i + 1;
      position = end;
    }
    byHash = table;
  }

  private static int hash(byte[] name) {
    int hash = 0;
    for (byte c : name) {
      hash = MULTIPLIER * hash + c;
    }
    return hash;
  }

  private int slotOf(int hash) {
    return slot(hash, byHash.length);
  }

  private static int slot(int hash, int length) {
    return (hash ^ hash >>> 15) & length - 1;
  }

  private String expand(int position) {
    byte[] bytes = names.bytes();
    int start = NameTable.start(bytes, position);
    int end = start + NameTable.length(bytes, position);
    int length = 0;
    for (int at = start; at < end; at++) {
      length += tokens.length(bytes[at] & 0xff);
    }
    byte[] text = new byte[length];
    int filled = 0;
    for (int at = start; at < end; at++) {
      filled += tokens.copy(bytes[at] & 0xff, text, filled);
    }
    return new String(text, StandardCharsets.ISO_8859_1);
  }
}
