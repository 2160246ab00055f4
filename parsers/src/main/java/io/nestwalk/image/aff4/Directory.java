package io.nestwalk.image.aff4;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The members of the zip file by their names, with what is escaped in them undone (APPNOTE.TXT).
 */
final class Directory {

  private static final int MAX_MEMBERS = 1 << 20;

  private static final int END_SIZE = 22;
  private static final int END_MAGIC = 0x06054b50;
  private static final int MAX_COMMENT = 0xffff;
  private static final int LOCATOR_SIZE = 20;
  private static final int LOCATOR_MAGIC = 0x07064b50;
  private static final int LARGE_END_MAGIC = 0x06064b50;
  private static final int ENTRY_MAGIC = 0x02014b50;
  private static final int ENTRY_SIZE = 46;
  private static final int LOCAL_MAGIC = 0x04034b50;
  private static final int LOCAL_SIZE = 30;
  private static final int STORED = 0;
  private static final int DEFLATED = 8;
  private static final long IN_EXTRA = 0xffff_ffffL;
  private static final int LARGE_EXTRA = 1;

  private Directory() {}

  /** Reads the directory; members whose bytes are not in the file are left out. */
  static Map<String, Member> read(ImageFile file) throws ImageException {
    long end = findEnd(file);
    long count = file.shortAt(end + 10);
    long at = file.intAt(end + 16);
    long locator = end - LOCATOR_SIZE;
    if (file.holds(locator, LOCATOR_SIZE) && file.intAt(locator) == LOCATOR_MAGIC) {
      long large = file.longAt(locator + 8);
      if (file.holds(large, 56) && file.intAt(large) == LARGE_END_MAGIC) {
        count = file.longAt(large + 32);
        at = file.longAt(large + 48);
      }
    }
    if (count < 0 || count > MAX_MEMBERS) {
      throw new ImageException(
          file.name(), end, "more than %d members, which is not supported".formatted(MAX_MEMBERS));
    }
    Map<String, Member> members = new HashMap<>();
    for (long i = 0; i < count && file.holds(at, ENTRY_SIZE); i++) {
      if (file.intAt(at) != ENTRY_MAGIC) {
        break;
      }
      int nameLength = file.shortAt(at + 28);
      int extraLength = file.shortAt(at + 30);
      long next = at + ENTRY_SIZE + nameLength + extraLength + file.shortAt(at + 32);
      if (!file.holds(at, ENTRY_SIZE + nameLength + extraLength)) {
        break;
      }
      enter(file, at, nameLength, extraLength, members);
      at = next;
    }
    return members;
  }

  private static void enter(
      ImageFile file, long at, int nameLength, int extraLength, Map<String, Member> members)
      throws ImageException {
    long size = file.intAt(at + 24);
    long stored = file.intAt(at + 20);
    long local = file.intAt(at + 42);
    long extra = at + ENTRY_SIZE + nameLength;
    long extraEnd = extra + extraLength;
    while (extra + 4 <= extraEnd) {
      int kind = file.shortAt(extra);
      long field = extra + 4;
      extra = field + file.shortAt(extra + 2);
      if (kind == LARGE_EXTRA && extra <= extraEnd) {
        if (size == IN_EXTRA && field + 8 <= extra) {
          size = file.longAt(field);
          field += 8;
        }
        if (stored == IN_EXTRA && field + 8 <= extra) {
          stored = file.longAt(field);
          field += 8;
        }
        if (local == IN_EXTRA && field + 8 <= extra) {
          local = file.longAt(field);
        }
      }
    }
    int method = file.shortAt(at + 10);
    boolean encrypted = (file.shortAt(at + 8) & 1) != 0;
    if ((method != STORED && method != DEFLATED)
        || encrypted
        || size < 0
        || !file.holds(local, LOCAL_SIZE)
        || file.intAt(local) != LOCAL_MAGIC) {
      return;
    }
    long data = local + LOCAL_SIZE + file.shortAt(local + 26) + file.shortAt(local + 28);
    if (file.holds(data, stored) && (method == DEFLATED || stored == size)) {
      byte[] name =
          file.slice(at + ENTRY_SIZE, nameLength).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
      members.put(unescaped(name), new Member(data, stored, size, method == STORED));
    }
  }

  private static long findEnd(ImageFile file) throws ImageException {
    long lowest = Math.max(0, file.length() - END_SIZE - MAX_COMMENT);
    for (long at = file.length() - END_SIZE; at >= lowest; at--) {
      if (file.intAt(at) == END_MAGIC) {
        return at;
      }
    }
    throw new ImageException(
        file.name(), "an AFF4 volume without the directory at its end: it is cut or unfinished");
  }

  /** "%3A" stands for a colon, and so on. */
  private static String unescaped(byte[] name) {
    byte[] out = new byte[name.length];
    int length = 0;
    for (int i = 0; i < name.length; i++) {
      if (name[i] == '%' && i + 2 < name.length) {
        int high = Character.digit(name[i + 1], 16);
        int low = Character.digit(name[i + 2], 16);
        if (high >= 0 && low >= 0) {
          out[length++] = (byte) (high << 4 | low);
          i += 2;
          continue;
        }
      }
      out[length++] = name[i];
    }
    return new String(out, 0, length, StandardCharsets.UTF_8);
  }
}
