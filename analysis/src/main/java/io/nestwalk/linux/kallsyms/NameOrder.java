package io.nestwalk.linux.kallsyms;

import io.nestwalk.image.Memory;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * {@code kallsyms_seqs_of_names}: the symbols' numbers in the order of their names, three bytes
 * each, the highest first. Kernels have it since 6.2.
 */
final class NameOrder {

  private static final int WIDTH = 3;

  /** So many neighbours are compared of an order that was compared as a whole before. */
  private static final int SAMPLES = 1 << 9;

  private final SymbolNames names;
  private final byte[] numbers;

  private NameOrder(SymbolNames names, byte[] numbers) {
    this.names = names;
    this.numbers = numbers;
  }

  /**
   * The order at a place, if all names are in order there. Where the compiler's endings of names
   * were left out of account (CONFIG_LTO_CLANG), they need not be, and there is none.
   */
  static Optional<NameOrder> at(Memory memory, long address, SymbolNames names) {
    return at(memory, address, names, 1);
  }

  /** The same at a place where it was found before; a look at some is enough. */
  static Optional<NameOrder> again(Memory memory, long address, SymbolNames names) {
    return at(memory, address, names, Math.max(1, names.count() / SAMPLES));
  }

  private static Optional<NameOrder> at(Memory memory, long address, SymbolNames names, int step) {
    int length = names.count() * WIDTH;
    byte[] numbers = memory.readBytes(address, length);
    if (numbers.length < length) {
      return Optional.empty();
    }
    NameOrder order = new NameOrder(names, numbers);
    return order.isInOrder(step) ? Optional.of(order) : Optional.empty();
  }

  /** The first symbol of this name. */
  OptionalInt first(byte[] name) {
    int low = 0;
    int high = names.count();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (compare(middle, name) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low < names.count() && compare(low, name) == 0
        ? OptionalInt.of(symbol(low))
        : OptionalInt.empty();
  }

  private int compare(int index, byte[] name) {
    int symbol = symbol(index);
    // What was only looked at here and there may hold numbers of no symbol: after all that are.
    return symbol < names.count() ? names.compare(symbol, name, 0) : 1;
  }

  /** Whether every name but the last is before the next one or, of two alike, the first symbol. */
  private boolean isInOrder(int step) {
    for (int i = 0; i + 1 < names.count(); i += step) {
      int symbol = symbol(i);
      int next = symbol(i + 1);
      if (symbol >= names.count() || next >= names.count()) {
        return false;
      }
      byte[] text = names.text(next);
      int order = names.compare(symbol, text, Math.min(1, text.length));
      if (order > 0 || (order == 0 && symbol >= next)) {
        return false;
      }
    }
    return true;
  }

  private int symbol(int index) {
    int at = index * WIDTH;
    return (numbers[at] & 0xff) << 16 | (numbers[at + 1] & 0xff) << 8 | (numbers[at + 2] & 0xff);
  }
}
