package io.nestwalk.linux.btf;

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
    return switch (of(info)) {
      case INT, VARIABLE, DECLARATION_TAG -> 1;
      case POINTER, FORWARD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNCTION, FLOAT, TYPE_TAG -> 0;
      case ARRAY -> 3;
      case STRUCT, UNION, SECTION, ENUM64 -> 3 * count(info);
      case ENUM, FUNCTION_PROTOTYPE -> 2 * count(info);
      default -> -1;
    };
  }
}
