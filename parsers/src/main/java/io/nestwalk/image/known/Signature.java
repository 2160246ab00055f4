package io.nestwalk.image.known;

import io.nestwalk.image.ImageFile;
import java.nio.charset.StandardCharsets;

/**
 * Bytes by which a kind of file is known.
 *
 * @param offset where they stand; a negative one counts from the file's end
 * @param magic the bytes, a character per byte
 * @param explanation what the file is and why it is not read, for the user
 */
record Signature(long offset, String magic, String explanation) {

  boolean matches(ImageFile file) {
    return file.startsWith(
        offset < 0 ? file.length() + offset : offset, magic.getBytes(StandardCharsets.ISO_8859_1));
  }
}
