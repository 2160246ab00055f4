package io.nestwalk.image.known;

import io.nestwalk.image.ImageFile;

/**
 * Bytes by which a kind of file is known.
 *
 * @param offset where they stand
 * @param magic the bytes, a character per byte
 * @param explanation what the file is and why it is not read, for the user
 */
record Signature(long offset, String magic, String explanation) {

  boolean matches(ImageFile file) {
    return file.startsWith(offset, magic.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
  }
}
