package io.nestwalk.image;

/**
 * What a user can say about an image, or about what to show of it. A format says which of them it
 * uses ({@link ImageFormat#options}). Messages name them in words: how one is spelt is known to who
 * talks with the user.
 */
public enum ImageOption {

  /** {@link OpenOptions#base}. */
  BASE("the base address"),

  /** {@link OpenOptions#holes}. */
  HOLE("the hole"),

  /** {@link OpenOptions#meta}. */
  META("the side file"),

  /** {@link OpenOptions#snapshot}. */
  SNAPSHOT("the snapshot"),

  /** {@link OpenOptions#maxDecoderBytes}. */
  DECODER_MEMORY("the memory of decoders"),

  /** How much heap the program may use. */
  HEAP("the heap"),

  /** The root of page tables through which memory is shown. */
  ROOT("the root");

  private final String words;

  ImageOption(String words) {
    this.words = words;
  }

  /** Whether a user said this about the image; never of what is no part of the options. */
  boolean isGiven(OpenOptions options) {
    return switch (this) {
      case BASE -> options.base().isPresent();
      case HOLE -> !options.holes().isEmpty();
      case META -> options.meta().isPresent();
      case SNAPSHOT -> options.snapshot().isPresent();
      case DECODER_MEMORY, HEAP, ROOT -> false; // a limit that was not reached is of use too
    };
  }

  /** The field's words for it: "the base address". */
  @Override
  public String toString() {
    return words;
  }
}
