package io.nestwalk.bench.grow;

/**
 * How much larger an image becomes.
 *
 * @param gib how much memory it has then, 0 for as much as it has
 * @param sparse whether what is added is a hole in the file
 * @param processes how many the host has more
 * @param mappings how many each of these has
 * @param guests how many the host has more
 */
record Growth(double gib, boolean sparse, int processes, int mappings, int guests) {

  boolean isGrown() {
    return gib > 0;
  }
}
