package io.nestwalk.image;

import java.util.Optional;

/**
 * A warning that is about an option of the user's: one that would help, or one that was given in
 * vain.
 *
 * @param warning what is said, in words; it is among the warnings of the image or the search too
 * @param option the option
 * @param value what to give for it where that is known, as users write it: "0x80000000"
 */
public record Advice(String warning, ImageOption option, Optional<String> value) {

  /** Advice whose value is the user's to know. */
  public static Advice of(ImageOption option, String warning) {
    return new Advice(warning, option, Optional.empty());
  }

  /** Advice to give an address. */
  public static Advice of(ImageOption option, long address, String warning) {
    return new Advice(warning, option, Optional.of("0x%x".formatted(address)));
  }
}
