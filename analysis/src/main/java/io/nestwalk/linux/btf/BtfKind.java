package io.nestwalk.linux.btf;

import java.util.Arrays;

/** The kinds of types ({@code BTF_KIND_*}) and how many words follow each one's common part. */
final class BtfKind {

  static final int INT = 1;
  static final int POINTER = 2;
  static final int ARRAY = 3;
  static final int STRUCT = 4;
  static final int UNION = 5;
  static final int ENUM = 6;
  static final int TYPEDEF = 8;
  static final int VOLATILE = 9;
  static final int CONST = 10;
  static final int RESTRICT = 11;
  static final int FLOAT = 16;
  static final int TYPE_TAG = 18;
  static final int ENUM64 = 19;

  /** Words that every type begins with: name, info, size or type. */
  static final int COMMON_WORDS = 3;

  /** Words of a structure's member: name, type, offset. */
  static final int MEMBER_WORDS = 3;

  static final int FORWARD = 7;
  static final int FUNCTION = 12;
  static final int FUNCTION_PROTOTYPE = 13;
  static final int VARIABLE = 14;
  private static final int SECTION = 15;
  private static final int DECLARATION_TAG = 17;

  /** How many kinds the bits of an info can tell. */
  private static final int MOST_KINDS = 32;

  /** Words that follow whatever the number of members; {@link #UNKNOWN} for other kinds. */
  private static final int[] FIXED = new int[MOST_KINDS];

  /** Words that follow for each member. */
  private static final int[] PER_MEMBER = new int[MOST_KINDS];

  private static final int UNKNOWN = -1;

  static {
    Arrays.fill(FIXED, UNKNOWN);
    for (int kind :
        new int[] {
          POINTER, FORWARD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNCTION, FLOAT, TYPE_TAG
        }) {
      FIXED[kind] = 0;
    }
    for (int kind : new int[] {INT, VARIABLE, DECLARATION_TAG}) {
      FIXED[kind] = 1;
    }
    FIXED[ARRAY] = 3;
    for (int kind : new int[] {STRUCT, UNION, SECTION, ENUM64}) {
      FIXED[kind] = 0;
      PER_MEMBER[kind] = 3;
    }
    for (int kind : new int[] {ENUM, FUNCTION_PROTOTYPE}) {
      FIXED[kind] = 0;
      PER_MEMBER[kind] = 2;
    }
  }

  private BtfKind() {}

  static int of(int info) {
    return info >>> 24 & 0x1f;
  }

  static int count(int info) {
    return info & 0xffff;
  }

  /** Whether members carry the width of bit fields with their offset. */
  static boolean hasBitFields(int info) {
    return info < 0;
  }

  /** How many words follow the common ones, -1 for an unknown kind. */
  static int extraWords(int info) {
    // Tables, and no calls: a kernel has a hundred thousand types, of which each is asked before
    // any of this is compiled.
    int kind = info >>> 24 & 0x1f;
    return FIXED[kind] + PER_MEMBER[kind] * (info & 0xffff);
  }
}
