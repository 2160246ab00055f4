package io.nestwalk.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The order of values in a column: numbers and addresses by what they are worth, then text, then
 * what is missing.
 */
final class CellOrder implements Comparator<JsonNode> {

  private static final Pattern HEX = Pattern.compile("0[xX]([0-9a-fA-F]{1,16})");
  private static final Pattern DECIMAL =
      Pattern.compile("(-?[0-9]{1,20}(?:\\.[0-9]{1,9})?)([KMGT]?)");
  private static final String UNITS = "KMGT";
  private static final int UNIT_SHIFT = 10;
  private static final int HEX_RADIX = 16;

  @Override
  public int compare(JsonNode a, JsonNode b) {
    int kinds = Integer.compare(kind(a), kind(b));
    if (kinds != 0) {
      return kinds;
    }
    Optional<BigDecimal> first = number(a);
    return first.isPresent()
        ? first.get().compareTo(number(b).orElseThrow())
        : text(a).compareTo(text(b));
  }

  private static int kind(JsonNode value) {
    return isMissing(value) ? 2 : number(value).isPresent() ? 0 : 1;
  }

  static boolean isMissing(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }

  private static String text(JsonNode value) {
    return value.isContainerNode() ? value.toString() : value.asText();
  }

  /** What a value is worth: a number, or an address in hexadecimal; empty for text. */
  static Optional<BigDecimal> number(JsonNode value) {
    if (value.isNumber()) {
      return Optional.of(value.decimalValue());
    }
    return value.isTextual() ? address(value.textValue()) : Optional.empty();
  }

  /** What a user's word is worth: an address, or a number, of which K, M, G or T say how many. */
  static Optional<BigDecimal> number(String word) {
    Matcher decimal = DECIMAL.matcher(word);
    if (decimal.matches()) {
      String unit = decimal.group(2);
      int shift = unit.isEmpty() ? 0 : UNIT_SHIFT * (UNITS.indexOf(unit) + 1);
      return Optional.of(
          new BigDecimal(decimal.group(1)).multiply(BigDecimal.valueOf(1L << shift)));
    }
    return address(word);
  }

  private static Optional<BigDecimal> address(String text) {
    Matcher hex = HEX.matcher(text);
    return hex.matches()
        ? Optional.of(new BigDecimal(new BigInteger(hex.group(1), HEX_RADIX)))
        : Optional.empty();
  }
}
