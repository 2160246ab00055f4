package io.nestwalk.symbols;

/** A type descriptor of an ISF file: {@code type_descriptor} in its JSON schema. */
sealed interface IsfType {

  /** A pointer to whatever. */
  IsfType POINTER = new Plain();

  /** A function or another thing that has no size. */
  IsfType OTHER = new Plain();

  /** A type that is told by a constant. */
  final class Plain implements IsfType {
    private Plain() {}
  }

  /** The tables in which named types stand. */
  enum Table {
    BASE,
    STRUCT,
    ENUM
  }

  /**
   * A type that stands in one of the file's tables.
   *
   * @param table which
   * @param name its key there
   */
  record Named(Table table, String name) implements IsfType {}

  /**
   * An array.
   *
   * @param count how many elements, not negative
   * @param element what each is
   */
  record Array(int count, IsfType element) implements IsfType {}

  /**
   * A bit field.
   *
   * @param position of its lowest bit, counted from the lowest of the member's first byte
   * @param length in bits
   */
  record Bits(int position, int length) implements IsfType {}
}
