package io.nestwalk.linux.kallsyms;

import io.nestwalk.image.Memory;
import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.Symbol;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * The kernel's symbols. Names are found in the kernel's own order of them or, where it has none, by
 * their hash, which is worked out from the hashes of the tokens on the first question; nothing is
 * expanded but the names that are asked for. Not for use by several threads at once.
 */
public final class Kallsyms implements KernelSymbols {

  private static final int MULTIPLIER = 31;

  /** Numbers of {@link #places}. */
  private static final int PLACES = 7;

  private final int alignment;
  private final NameTable table;
  private final TokenTable tokens;
  private final SymbolNames names;
  private final AddressTable addresses;
  private final Optional<NameOrder> order;

  /** Open addressing: symbol index + 1 by the hash of the name. */
  private int[] byHash;

  private int[] hashes;
  private Integer[] byAddress;

  private Kallsyms(
      int alignment, SymbolNames names, AddressTable addresses, Optional<NameOrder> order) {
    this.alignment = alignment;
    this.names = names;
    this.addresses = addresses;
    this.order = order;
    table = names.table();
    tokens = names.tokens();
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
                                .map(each -> of(memory, alignment, names, tokens, each))));
  }

  private static Kallsyms of(
      Memory memory, int alignment, NameTable table, TokenTable tokens, AddressTable addresses) {
    SymbolNames names = new SymbolNames(table, tokens);
    long place = orderAfter(table, addresses, alignment);
    return new Kallsyms(alignment, names, addresses, NameOrder.at(memory, place, names));
  }

  /** The order of the names follows the addresses or, where these come first, the markers. */
  private static long orderAfter(NameTable names, AddressTable addresses, int alignment) {
    long end = addresses.layout().isAfterTokens() ? addresses.end() : names.markersEnd();
    return end + alignment - 1 & -alignment;
  }

  /**
   * Where the tables lie and how they are laid out, for {@link #again}.
   *
   * @return some numbers
   */
  public long[] places() {
    return new long[] {
      alignment,
      tokens.address(),
      table.countAddress(),
      table.markers(),
      table.markerWidth(),
      addresses.layout().number(),
      order.isPresent() ? 1 : 0
    };
  }

  /**
   * The tables at places that are remembered. They must stand there as ever: what lies can hide
   * tables or a name, and invents none.
   *
   * @param memory the kernel's virtual memory
   * @param places what {@link #places} answered
   * @param pointerSize 4 or 8
   */
  public static Optional<Kallsyms> again(Memory memory, long[] places, int pointerSize) {
    if (places.length != PLACES || (places[0] != Integer.BYTES && places[0] != pointerSize)) {
      return Optional.empty();
    }
    int alignment = (int) places[0];
    Optional<TokenTable> tokens = TokenTable.at(memory, places[1], alignment);
    Optional<NameTable> table =
        NameTable.at(memory, places[2], places[3], (int) places[4], alignment);
    if (tokens.isEmpty() || table.isEmpty()) {
      return Optional.empty();
    }
    SymbolNames names = new SymbolNames(table.get(), tokens.get());
    return AddressTable.again(memory, table.get(), tokens.get(), pointerSize, alignment, places[5])
        .flatMap(
            addresses -> {
              if (places[6] == 0) {
                return Optional.of(new Kallsyms(alignment, names, addresses, Optional.empty()));
              }
              long place = orderAfter(table.get(), addresses, alignment);
              return NameOrder.again(memory, place, names)
                  .map(order -> new Kallsyms(alignment, names, addresses, Optional.of(order)));
            });
  }

  /** How many symbols there are. */
  public int size() {
    return names.count();
  }

  /** The symbol number {@code index}, in the order of the tables. */
  public Symbol symbol(int index) {
    String text = new String(names.text(index), StandardCharsets.ISO_8859_1);
    return new Symbol(
        text.isEmpty() ? "" : text.substring(1),
        text.isEmpty() ? '?' : text.charAt(0),
        addresses.address(index));
  }

  @Override
  public OptionalLong address(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    OptionalInt symbol = order.isPresent() ? order.get().first(bytes) : hashed(bytes);
    return symbol.isPresent()
        ? OptionalLong.of(addresses.address(symbol.getAsInt()))
        : OptionalLong.empty();
  }

  private OptionalInt hashed(byte[] name) {
    indexNames();
    int hash = hash(name);
    for (int slot = slotOf(hash); byHash[slot] != 0; slot = slot + 1 & byHash.length - 1) {
      int index = byHash[slot] - 1;
      if (hashes[index] == hash && names.compare(index, name, 0) == 0) {
        return OptionalInt.of(index);
      }
    }
    return OptionalInt.empty();
  }

  @Override
  public Optional<Symbol> at(long address) {
    if (byAddress == null) {
      Integer[] ascending = new Integer[names.count()];
      Arrays.setAll(ascending, i -> i);
      Arrays.sort(ascending, Comparator.comparing(addresses::address, Long::compareUnsigned));
      byAddress = ascending;
    }
    int low = 0;
    int high = byAddress.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(addresses.address(byAddress[middle]), address) <= 0) {
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
    byte[] bytes = table.bytes();
    int count = names.count();
    hashes = new int[count];
    int[] slots = new int[Integer.highestOneBit(Math.max(16, count)) << 2];
    for (int i = 0; i < count; i++) {
      int position = table.position(i);
      int start = NameTable.start(bytes, position);
      int end = start + NameTable.length(bytes, position);
      int hash = start < end ? tailHash[bytes[start] & 0xff] : 0;
      for (int at = start + 1; at < end; at++) {
        int token = bytes[at] & 0xff;
        hash = hash * tokenPower[token] + tokenHash[token];
      }
      hashes[i] = hash;
      int slot = slot(hash, slots.length);
      while (slots[slot] != 0) {
        slot = slot + 1 & slots.length - 1;
      }
      slots[slot] = i + 1;
    }
    byHash = slots;
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
}
