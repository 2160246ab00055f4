package io.nestwalk.paging;

/**
 * Values of a three-bit field that the manuals forbid: EPT's "write without read", its reserved
 * memory types, RISC-V's "write without read".
 *
 * @param shift where the field starts
 * @param values bit n is set when the value n (0..7) is forbidden
 */
public record ForbiddenValues(int shift, int values) {

  /** Nothing is forbidden. */
  public static final ForbiddenValues NONE = new ForbiddenValues(0, 0);

  /** These values of the field that starts at {@code shift}. */
  public static ForbiddenValues of(int shift, int... values) {
    int set = 0;
    for (int value : values) {
      set |= 1 << value;
    }
    return new ForbiddenValues(shift, set);
  }

  /** The bits of the field, 0 when nothing is forbidden. */
  long mask() {
    return values == 0 ? 0 : 7L << shift;
  }

  /** Whether {@code entry} holds a forbidden value. */
  public boolean in(long entry) {
    return (values >>> (int) (entry >>> shift & 7) & 1) != 0;
  }
}
