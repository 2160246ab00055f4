package io.nestwalk.control;

import java.util.Map;
import java.util.TreeMap;

/**
 * Names of the bits of a register or control.
 *
 * @param byBit the manual's name of each bit that has one
 */
record BitNames(Map<Integer, String> byBit) {

  /** From text: a bit's number and its name, the next after a comma. */
  static BitNames of(String text) {
    Map<Integer, String> names = new TreeMap<>();
    for (String each : text.split(",")) {
      String[] parts = each.strip().split(" ", 2);
      names.put(Integer.parseInt(parts[0]), parts[1]);
    }
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
