package io.nestwalk.system;

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
 */
public record Suspicion(
    String text, long address, OptionalLong target, Optional<String> targetName, OptionalInt pid) {}
