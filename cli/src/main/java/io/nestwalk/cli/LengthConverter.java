package io.nestwalk.cli;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads lengths as users write them: as an address is written, or as a size is (4K). */
final class LengthConverter implements ITypeConverter<Long> {

  @Override
  public Long convert(String text) {
    try {
      return AddressConverter.parse(text);
    } catch (NumberFormatException notPlain) {
      try {
        return new SizeConverter().convert(text);
      } catch (TypeConversionException e) {
        throw new TypeConversionException(
            "'%s' is not a length: a number of bytes, 0x100, or with K, M, G or T (4K)"
                .formatted(Printable.of(text)));
      }
    }
  }
}
