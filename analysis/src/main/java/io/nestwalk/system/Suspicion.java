package io.nestwalk.system;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Something in a kernel that is not as it is in a kernel that nobody has changed.
 *
 * @param text what is wrong, in one line
 * @param address kernel address where it is seen
 * @param target what stands there or is led to
 * @param targetName the symbol or module that the target lies in; empty where it lies in none
 * @param pid of the process that it concerns
 * @param code the code in question: what was changed, what is led to; none where it is not about
 *     code, or the code is not in memory
 */
public record Suspicion(
    String text,
    long address,
    OptionalLong target,
    Optional<String> targetName,
    OptionalInt pid,
    List<Code> code) {

  /** Copies the list. */
  public Suspicion {
    code = List.copyOf(code);
  }

  /**
   * The beginning of code.
   *
   * @param address where it is mapped
   * @param bytes in hexadecimal, as many of them as are in memory
   * @param entry whether an instruction is known to begin there: what is read from the middle of
   *     one looks like others
   */
  public record Code(long address, String bytes, boolean entry) {

    /** Code from where something leads to it. */
    public Code(long address, String bytes) {
      this(address, bytes, true);
    }
  }
}
