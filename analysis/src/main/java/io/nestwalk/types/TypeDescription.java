package io.nestwalk.types;

/** What a member or variable is, in the words of C; names of other types lead to these. */
public sealed interface TypeDescription {

  /** Nothing that has a size: what an untyped pointer leads to. */
  TypeDescription VOID = new Plain("void");

  /** Code. */
  TypeDescription FUNCTION = new Plain("function");

  /** What a number of the processor's stands for. */
  enum BaseKind {
    INTEGER,
    CHARACTER,
    BOOLEAN,
    FLOAT
  }

  /** A type that its name tells. */
  record Plain(String name) implements TypeDescription {}

  /**
   * A number.
   *
   * @param size in bytes
   */
  record Base(String name, int size, boolean signed, BaseKind kind) implements TypeDescription {}

  /** A pointer. */
  record Pointer(TypeDescription target) implements TypeDescription {}

  /**
   * An array.
   *
   * @param count how many elements it has; 0 where that is not said
   */
  record Array(long count, TypeDescription element) implements TypeDescription {}

  /** A structure or union, by name. */
  record Struct(String name, boolean union) implements TypeDescription {}

  /** An enumeration, by name. */
  record Enumeration(String name) implements TypeDescription {}

  /**
   * A bit field.
   *
   * @param position of its lowest bit, from the byte that the member's offset names
   * @param length in bits
   * @param type of the value: a number or an enumeration
   */
  record Bits(int position, int length, TypeDescription type) implements TypeDescription {}
}
