/**
 * Larger images made of a real one, to measure with: more memory, processes and guests.
 *
 * <p>{@link io.nestwalk.bench.grow.Grow} is the program, {@link io.nestwalk.bench.grow.LargerImage}
 * what it does. They need nothing of JMH: {@code bench/data_sets.py} runs the sources on the
 * program's own jars, without a build of the benchmarks.
 */
package io.nestwalk.bench.grow;
