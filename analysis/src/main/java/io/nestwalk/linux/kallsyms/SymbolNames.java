package io.nestwalk.linux.kallsyms;

/**
 * Names of symbols as text.
 *
 * @param table the compressed names
 * @param tokens what they are compressed with
 */
record SymbolNames(NameTable table, TokenTable tokens) {

  /** The number of symbols. */
  int count() {
    return table.count();
  }

  /** A symbol's type, which is one letter, and its name; empty when nothing is there. */
  byte[] text(int symbol) {
    byte[] bytes = table.bytes();
    int start = start(symbol);
    int end = end(symbol);
    int length = 0;
    for (int at = start; at < end; at++) {
      length += tokens.length(bytes[at] & 0xff);
    }
    byte[] text = new byte[length];
    int filled = 0;
    for (int at = start; at < end; at++) {
      filled += tokens.copy(bytes[at] & 0xff, text, filled);
    }
    return text;
  }

  /**
   * Whether a symbol's name is before (negative), at (0) or after another in the order of their
   * bytes; the type is left out.
   *
   * @param name holds the other from {@code from} on
   */
  int compare(int symbol, byte[] name, int from) {
    byte[] bytes = table.bytes();
    int end = end(symbol);
    int place = from - 1; // that of the type
    for (int at = start(symbol); at < end; at++) {
      int token = bytes[at] & 0xff;
      int length = tokens.length(token);
      for (int i = 0; i < length; i++, place++) {
        if (place >= from) {
          int difference =
              place < name.length
                  ? tokens.character(token, i) - (name[place] & 0xff)
                  : 1; // the other is a beginning of it
          if (difference != 0) {
            return difference;
          }
        }
      }
    }
    return Math.max(place, from) - name.length;
  }

  private int start(int symbol) {
    return NameTable.start(table.bytes(), table.position(symbol));
  }

  private int end(int symbol) {
    return start(symbol) + NameTable.length(table.bytes(), table.position(symbol));
  }
}
