package io.nestwalk.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads sizes as users write them: bytes, or with K, M, G or T for powers of 1024. */
final class SizeConverter implements ITypeConverter<Long> {

  private static final Pattern SIZE = Pattern.compile("([0-9]{1,18})([KMGT]?)(?:IB|B)?");

  /** In ascending order, a thousand and some apart. */
  private static final String UNITS = "KMGT";

  private static final int UNIT_SHIFT = 10;

  @Override
  public Long convert(String text) {
    Matcher size = SIZE.matcher(text.toUpperCase(Locale.ROOT));
    if (size.matches()) {
      long number = Long.parseLong(size.group(1));
      int shift = size.group(2).isEmpty() ? 0 : UNIT_SHIFT * (UNITS.indexOf(size.group(2)) + 1);
      if (number > 0 && number <= Long.MAX_VALUE >> shift) {
        return number << shift;
      }
    }
    throw new TypeConversionException(
        "'%s' is not a size: a number of bytes above 0, or of K, M, G or T (512M)".formatted(text));
  }
}
