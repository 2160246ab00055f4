package io.nestwalk.windows.kernel;

import io.nestwalk.types.Field;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * A test by which the place of a member is verified, or found where it is not known.
 *
 * @param struct the structure
 * @param path the member
 * @param size of the member in bytes
 * @param from the first offset at which it may stand
 * @param to one past the last
 * @param step between offsets
 * @param allowed whether no process contradicts that the member stands at an offset
 * @param shown whether, beyond that, some process shows that it does: a member that nothing uses is
 *     allowed, but not shown
 */
record Probe(
    String struct,
    String path,
    int size,
    int from,
    int to,
    int step,
    IntPredicate allowed,
    IntPredicate shown) {

  private static final int NOWHERE = -1;

  /** Whether the processes show that the member stands at {@code offset}. */
  boolean holds(int offset) {
    return offset >= from && offset < to && allowed.test(offset) && shown.test(offset);
  }

  /**
   * The offset at which the test holds that is nearest to another one: members move little between
   * updates.
   *
   * @return empty when it holds nowhere
   */
  Optional<Field> near(int offset) {
    int best = NOWHERE;
    for (int at = from; at < to; at += step) {
      if ((best == NOWHERE || Math.abs(at - offset) < Math.abs(best - offset)) && holds(at)) {
        best = at;
      }
    }
    return best == NOWHERE ? Optional.empty() : Optional.of(Field.of(best, size));
  }
}
