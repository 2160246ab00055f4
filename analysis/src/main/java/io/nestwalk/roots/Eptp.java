package io.nestwalk.roots;

/**
 * Values of the form that an EPT pointer has: Intel SDM volume 3C, 25.6.11, table 25-9.
 *
 * <p>Bits 2:0 memory type (0 or 6), bits 5:3 walk length minus one (3 or 4), bit 6 accessed and
 * dirty flags, bit 7 supervisor shadow stack, bits 11:8 reserved, bits 51:12 the root.
 */
public final class Eptp {

  private static final long ROOT_MASK = 0x000f_ffff_ffff_f000L;
  private static final long FLAGS_MASK = 0xff;
  private static final long LENGTH_MASK = 0x38;

  /** Bits that no EPTP has: most of what is no EPTP has one of them. */
  static final long NEVER = ~(ROOT_MASK | FLAGS_MASK);

  private Eptp() {}

  /** Whether {@code value} could be an EPTP with a root other than page 0. */
  public static boolean hasForm(long value) {
    // Small enough for any compiler to put in its callers' place: surveys ask it of very many
    // words, of which most fail here.
    return (value & NEVER) == 0 && (value & LENGTH_MASK) != 0 && hasRootAndForm(value);
  }

  private static boolean hasRootAndForm(long value) {
    int type = (int) value & 7;
    int length = (int) value >>> 3 & 7;
    return (value & ROOT_MASK) != 0 && (type == 0 || type == 6) && (length == 3 || length == 4);
  }

  /** The root table's address. */
  public static long root(long eptp) {
    return eptp & ROOT_MASK;
  }

  /** How many levels the tables have: 4 or 5. */
  public static int levels(long eptp) {
    return (int) (eptp >>> 3 & 7) + 1;
  }
}
