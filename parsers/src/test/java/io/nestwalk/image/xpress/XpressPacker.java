package io.nestwalk.image.xpress;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Packs bytes by plain Xpress ([MS-XCA] 2.3), for tests. */
public final class XpressPacker {

  private static final int WINDOW = 1 << 13;

  private final byte[] source;
  private byte[] packed = new byte[64];
  private int length;
  private int flagsAt;
  private int flags;
  private int left;
  private int halfAt = -1;

  private XpressPacker(byte[] source) {
    this.source = source;
  }

  /** The bytes packed. */
  public static byte[] pack(byte[] bytes) {
    return new XpressPacker(bytes).pack();
  }

  private byte[] pack() {
    Map<Integer, Integer> seen = new HashMap<>();
    beginFlags();
    int at = 0;
    while (at < source.length) {
      int match = 0;
      int distance = 0;
      if (at + 3 <= source.length) {
        int key = (source[at] << 16) ^ (source[at + 1] << 8) ^ source[at + 2];
        Integer before = seen.put(key, at);
        if (before != null && at - before <= WINDOW) {
          distance = at - before;
          while (at + match < source.length && source[at + match] == source[before + match]) {
            match++;
          }
        }
      }
      if (match >= 3) {
        flag(1);
        match(distance, match);
        at += match;
      } else {
        flag(0);
        put(source[at++]);
      }
    }
    // The flags that are left say "match", where there is none.
    for (; left > 0; left--) {
      flags = (flags << 1) | 1;
    }
    endFlags();
    return Arrays.copyOf(packed, length);
  }

  private void match(int distance, int match) {
    int rest = match - 3;
    int word = ((distance - 1) << 3) | Math.min(7, rest);
    put(word);
    put(word >> 8);
    if (rest < 7) {
      return;
    }
    rest -= 7;
    int half = Math.min(15, rest);
    if (halfAt < 0) {
      halfAt = length;
      put(half);
    } else {
      packed[halfAt] |= (byte) (half << 4);
      halfAt = -1;
    }
    if (half < 15) {
      return;
    }
    rest -= 15;
    put(Math.min(255, rest));
    if (rest < 255) {
      return;
    }
    int whole = match - 3;
    boolean isLong = whole > 0xffff;
    put(isLong ? 0 : whole);
    put(isLong ? 0 : whole >> 8);
    if (isLong) {
      for (int shift = 0; shift < 32; shift += 8) {
        put(whole >> shift);
      }
    }
  }

  private void flag(int bit) {
    if (left == 0) {
      endFlags();
      beginFlags();
    }
    flags = (flags << 1) | bit;
    left--;
  }

  private void beginFlags() {
    flagsAt = length;
    left = 32;
    flags = 0;
    for (int i = 0; i < 4; i++) {
      put(0);
    }
  }

  private void endFlags() {
    for (int i = 0; i < 4; i++) {
      packed[flagsAt + i] = (byte) (flags >> (8 * i));
    }
  }

  private void put(int value) {
    if (length == packed.length) {
      packed = Arrays.copyOf(packed, 2 * length);
    }
    packed[length++] = (byte) value;
  }
}
