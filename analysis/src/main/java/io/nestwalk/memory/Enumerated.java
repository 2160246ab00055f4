package io.nestwalk.memory;

/**
 * How far an enumeration came.
 *
 * @param complete whether everything was shown; false also when the visitor stopped it
 * @param cutFrom the first address of what was not shown; only where it is not complete
 */
public record Enumerated(boolean complete, long cutFrom) {

  /** All of it. */
  public static final Enumerated ALL = new Enumerated(true, 0);

  /** Everything below {@code address}. */
  public static Enumerated cutFrom(long address) {
    return new Enumerated(false, address);
  }
}
