package io.nestwalk.system;

import java.util.Locale;

/** What a page of a machine's physical memory is to the machine's own system. */
public enum PageKind {
  /** One page in place of several that were alike: Linux's KSM. Nobody writes it. */
  MERGED,
  /** The page of zeros that stands for all memory that was read and never written. */
  ZERO,
  /** Of a file, or of memory that processes share as one. */
  FILE,
  /** Of processes' own memory. Several have it after a fork, until one writes. */
  ANONYMOUS,
  /** None of these: the kernel's own, a driver's, or free. */
  OTHER;

  /** As answers have it: "merged". */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
