package io.nestwalk.cli;

import io.nestwalk.image.AddressRange;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads two addresses, "START-END" or "START:END": as all addresses, or as 3G, 3.25G, 3328M. */
final class HoleConverter implements ITypeConverter<AddressRange> {

  private static final Pattern SIZE = Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,9})?)([KMGT])");

  private static final String UNITS = "KMGT";

  private static final int UNIT_SHIFT = 10;

  @Override
  public AddressRange convert(String text) {
    String[] ends = text.split("[-:]", -1);
    try {
      if (ends.length == 2) {
        long start = address(ends[0]);
        long end = address(ends[1]);
        if (start > 0 && end > start) {
          return new AddressRange(start, end - start);
        }
      }
    } catch (ArithmeticException | NumberFormatException e) {
      // The same message as for the others.
    }
    throw new TypeConversionException(
        "'%s' is not a hole: two addresses, the lower one first and not 0 (3G-4G)".formatted(text));
  }

  private static long address(String text) {
    Matcher size = SIZE.matcher(text.toUpperCase(Locale.ROOT));
    if (!size.matches()) {
      return AddressConverter.parse(text);
    }
    long unit = 1L << (UNIT_SHIFT * (UNITS.indexOf(size.group(2)) + 1));
    return new BigDecimal(size.group(1)).multiply(BigDecimal.valueOf(unit)).longValueExact();
  }
}
