package io.nestwalk.image;

/** Spans of addresses, in ascending order and without overlap, kept as two arrays. */
final class Spans {

  private Spans() {}

  /** The index of the span that holds {@code address}, or -1. */
  static int find(long[] starts, long[] ends, long address) {
    int low = 0;
    int high = starts.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (address < starts[middle]) {
        high = middle - 1;
      } else if (address >= ends[middle]) {
        low = middle + 1;
      } else {
        return middle;
      }
    }
    return -1;
  }
}
