package io.nestwalk.paging;

/** What may be done with a page: a set of bits, so that runs of pages can be told apart cheaply. */
public final class Permissions {

  /** Reads are allowed. */
  public static final int READ = 1;

  /** Writes are allowed. */
  public static final int WRITE = 2;

  /** Instructions may be fetched. */
  public static final int EXECUTE = 4;

  /** User mode (EL0, U-mode) may use the page. */
  public static final int USER = 8;

  /** Everything is allowed. */
  public static final int ALL = READ | WRITE | EXECUTE | USER;

  private Permissions() {}

  /** As {@code rwxu}, with a dash for what is not allowed. */
  public static String format(int permissions) {
    return new String(
        new char[] {
          (permissions & READ) != 0 ? 'r' : '-',
          (permissions & WRITE) != 0 ? 'w' : '-',
          (permissions & EXECUTE) != 0 ? 'x' : '-',
          (permissions & USER) != 0 ? 'u' : '-'
        });
  }
}
