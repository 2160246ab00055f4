package io.nestwalk.find;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/** A match and everybody to whom its bytes belong. */
public final class Hit {

  private final long hpa;
  private final int pattern;
  private int length;
  private final List<Owner> owners = new ArrayList<>();

  Hit(long hpa, int length, int pattern) {
    this.hpa = hpa;
    this.length = length;
    this.pattern = pattern;
  }

  /** Host-physical address of its first byte. */
  public long hpa() {
    return hpa;
  }

  /** How many bytes match. */
  public int length() {
    return length;
  }

  /** The number of the pattern, as {@link Patterns} counts. */
  public int pattern() {
    return pattern;
  }

  /** To whom all its bytes belong: processes first, kernels, which map everything, last. */
  public List<Owner> owners() {
    return owners.stream().sorted(Comparator.comparingInt(Owner::distance)).toList();
  }

  /** The same match with some of its owners. */
  public Hit ownedBy(Predicate<Owner> wanted) {
    Hit hit = new Hit(hpa, length, pattern);
    owners.stream().filter(wanted).forEach(hit::own);
    return hit;
  }

  void own(Owner owner) {
    if (!owners.contains(owner)) {
      owners.add(owner);
    }
  }

  /** The same match, seen to be longer in the order of virtual addresses. */
  void grow(int longer) {
    if (longer > length) {
      length = longer;
      owners.clear();
    }
  }
}
