/**
 * Benchmarks of the hot paths, run by hand with JMH (see the folder's README).
 *
 * <p>One class per question. Compiled in every build so that they keep up with the code; never run
 * in one, because a shared machine's timings decide nothing.
 */
package io.nestwalk.bench;
