package io.nestwalk.image.raw;

import io.nestwalk.image.ImageFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;

/** Tells text from memory: memory has zero bytes and control characters early on, text has none. */
final class Text {

  private static final int HEAD = 64 * 1024;

  private Text() {}

  /** Whether the file's head is UTF-8 without control characters. */
  static boolean matches(ImageFile file) {
    MemorySegment head = file.slice(0, Math.min(HEAD, file.length()));
    for (long i = 0; i < head.byteSize(); i++) {
      int b = head.get(ValueLayout.JAVA_BYTE, i);
      boolean space = b == '\t' || b == '\n' || b == '\r' || b == '\f' || b == 0x1b;
      if ((b >= 0 && b < ' ' && !space) || b == 0x7f) {
        return false;
      }
    }
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer bytes = head.asByteBuffer();
    // Not the end of the input: the head may cut a character in two.
    return !decoder.decode(bytes, CharBuffer.allocate(HEAD), false).isError();
  }
}
