package io.nestwalk.control;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Names of the bits of a register or control.
 *
 * @param byBit the manual's name of each bit that has one
 */
record BitNames(Map<Integer, String> byBit) {

  private static final Pattern COMMA = Pattern.compile(",");

  /** From text: a bit's number and its name, the next after a comma. */
  static BitNames of(String text) {
    Map<Integer, String> names = new TreeMap<>();
    COMMA
        .splitAsStream(text)
        .map(String::strip)
        .forEach(
            named -> {
              int blank = named.indexOf(' ');
              names.put(Integer.parseInt(named.substring(0, blank)), named.substring(blank + 1));
            });
    return new BitNames(names);
  }

  /** The names of the bits that are set; bits without a name by their number. */
  String in(long value) {
    StringBuilder text = new StringBuilder();
    for (long left = value; left != 0; left &= left - 1) {
      int bit = Long.numberOfTrailingZeros(left);
      text.append(text.isEmpty() ? "" : ", ").append(byBit.getOrDefault(bit, "bit " + bit));
    }
    return text.toString();
  }

  /** The name of a bit; empty for one without. */
  String of(int bit) {
    return byBit.getOrDefault(bit, "");
  }
}
