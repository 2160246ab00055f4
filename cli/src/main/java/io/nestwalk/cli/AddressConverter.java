package io.nestwalk.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads addresses as users write them: hexadecimal with 0x, decimal without. */
final class AddressConverter implements ITypeConverter<Long> {

  @Override
  public Long convert(String text) {
    try {
      return parse(text);
    } catch (NumberFormatException e) {
      throw new TypeConversionException(complaint(text));
    }
  }

  /** What is wrong with {@code text}. */
  static String complaint(String text) {
    return "'%s' is not an address: 0x and up to 16 hexadecimal digits, or a decimal number"
        .formatted(Printable.of(text));
  }

  static long parse(String text) {
    return text.startsWith("0x") || text.startsWith("0X")
        ? Long.parseUnsignedLong(text.substring(2), 16)
        : Long.parseUnsignedLong(text);
  }
}
