/**
 * The search for the machines in a dump.
 *
 * <p>{@link io.nestwalk.search.MachineFinder} brings together what the {@linkplain
 * io.nestwalk.roots roots} package finds and decides which root belongs to which {@linkplain
 * io.nestwalk.machine machine}. What differs from one instruction set to the next stands in one
 * class each, an {@code Isa}.
 */
package io.nestwalk.search;
