package io.nestwalk.roots;

/** A {@link Shape} in the making: one for each level of tables that are being read. */
final class Tally {

  long tables;
  long leaves;
  long bytes;
  long outside;
  long absent;
  long junk;

  /** Begins anew, with so many tables. */
  void begin(int first) {
    tables = first;
    leaves = 0;
    bytes = 0;
    outside = 0;
    absent = 0;
    junk = 0;
  }

  /** Adds what hangs below an entry. */
  void add(Tally below) {
    tables += below.tables;
    leaves += below.leaves;
    bytes += below.bytes;
    outside += below.outside;
    absent += below.absent;
    junk += below.junk;
  }

  /** Adds what hangs below an entry. */
  void add(Shape below) {
    tables += below.tables();
    leaves += below.leaves();
    bytes += below.bytes();
    outside += below.outside();
    absent += below.absent();
    junk += below.junk();
  }

  Shape shape() {
    return new Shape(tables, leaves, bytes, outside, absent, junk);
  }
}
