package io.nestwalk.synthetic;

import io.nestwalk.paging.Permissions;

/** What an entry allows, as a set of bits; execution is told apart by who executes. */
public final class Rights {

  /** Reads. */
  public static final int READ = 1;

  /** Writes. */
  public static final int WRITE = 2;

  /** Execution by the kernel; by anybody in a second stage. */
  public static final int EXECUTE = 4;

  /** Use by user mode. */
  public static final int USER = 8;

  /** Execution by user mode. */
  public static final int USER_EXECUTE = 16;

  /** Everything. */
  public static final int ALL = READ | WRITE | EXECUTE | USER | USER_EXECUTE;

  /** Everything but use by user mode. */
  public static final int KERNEL = ALL & ~USER;

  private Rights() {}

  /** What is left when all entries on the way allow {@code granted}, in the program's words. */
  static int permissions(int granted) {
    int executes = (granted & USER) != 0 ? USER_EXECUTE : EXECUTE;
    return ((granted & READ) != 0 ? Permissions.READ : 0)
        | ((granted & WRITE) != 0 ? Permissions.WRITE : 0)
        | ((granted & USER) != 0 ? Permissions.USER : 0)
        | ((granted & executes) != 0 ? Permissions.EXECUTE : 0);
  }
}
