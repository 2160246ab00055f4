package io.nestwalk.fleet;

import java.io.Serializable;
import java.util.Optional;

/**
 * What became of an image.
 *
 * @param image which
 * @param failure why nothing of it is in the tables; null when it is in them
 */
record Outcome(ImageFile image, String failure) implements Serializable {

  static Outcome done(ImageFile image) {
    return new Outcome(image, null);
  }

  Optional<String> reason() {
    return Optional.ofNullable(failure);
  }
}
