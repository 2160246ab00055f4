package io.nestwalk.system;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Bytes of guest memory as text, and back, without loss. A byte that is no part of valid UTF-8
 * becomes one of U+DC80 to U+DCFF: 0xdc00 and the byte. That is Python's "surrogateescape" (PEP
 * 383); no valid UTF-8 gives these characters, so the bytes can be told again. Control characters
 * stay what they are: making them harmless is the business of who prints them.
 */
public final class GuestText {

  private static final int ESCAPE = 0xdc00;
  private static final int FIRST_ESCAPED = 0xdc80;
  private static final int LAST_ESCAPED = 0xdcff;

  private GuestText() {}

  /** The text in {@code bytes} up to the first zero. */
  public static String upToZero(byte[] bytes) {
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return of(bytes, 0, end);
  }

  /** The text in a part of {@code bytes}. */
  public static String of(byte[] bytes, int from, int to) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes, from, to - from);
    CharBuffer out = CharBuffer.allocate(to - from);
    while (true) {
      CoderResult result = decoder.decode(in, out, true);
      if (!result.isError()) {
        return out.flip().toString();
      }
      for (int i = 0; i < result.length(); i++) {
        out.put((char) (ESCAPE | (in.get() & 0xff)));
      }
    }
  }

  /** Whether a character stands for a byte that is no text. */
  public static boolean isByte(int character) {
    return character >= FIRST_ESCAPED && character <= LAST_ESCAPED;
  }

  /** The bytes that {@link #of} was given. */
  public static byte[] bytes(String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (isByte(c)) {
                out.write(c & 0xff);
              } else {
                out.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
              }
            });
    return out.toByteArray();
  }
}
