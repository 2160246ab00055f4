package io.nestwalk.windows.memory;

import io.nestwalk.paging.Permissions;
import java.util.List;

/**
 * A protection as Windows keeps it in five bits, in its descriptors of mappings and in table
 * entries: three for what is allowed, two that modify it (windows-internal {@code MM_PROTECTION},
 * as Volatility 2's vadinfo and MemProcFS have it).
 *
 * @param code the five bits
 */
record Protection(int code) {

  private static final List<String> BASES =
      List.of(
          "NOACCESS",
          "READONLY",
          "EXECUTE",
          "EXECUTE_READ",
          "READWRITE",
          "WRITECOPY",
          "EXECUTE_READWRITE",
          "EXECUTE_WRITECOPY");

  private static final List<String> MODIFIERS = List.of("", "|NOCACHE", "|GUARD", "|WRITECOMBINE");
  private static final int[] ACCESS = {
    0,
    Permissions.READ,
    Permissions.READ | Permissions.EXECUTE,
    Permissions.READ | Permissions.EXECUTE,
    Permissions.READ | Permissions.WRITE,
    Permissions.READ | Permissions.WRITE,
    Permissions.READ | Permissions.WRITE | Permissions.EXECUTE,
    Permissions.READ | Permissions.WRITE | Permissions.EXECUTE
  };

  private static final int COPIES = 5;
  private static final int EXECUTABLE_COPIES = 7;

  /** Marks an entry whose page was given back. */
  static final int DECOMMITTED = 0x10;

  private int base() {
    return code & 7;
  }

  /** What a process may do, as in {@link Permissions}, without {@link Permissions#USER}. */
  int access() {
    return ACCESS[base()];
  }

  /**
   * The same before the first write to a page that is copied then: as the hardware would have it.
   */
  int accessOfOriginal() {
    return isCopy() ? access() & ~Permissions.WRITE : access();
  }

  /** Whether a page is copied when it is written to. */
  boolean isCopy() {
    return base() == COPIES || base() == EXECUTABLE_COPIES;
  }

  boolean isExecutable() {
    return (access() & Permissions.EXECUTE) != 0;
  }

  boolean isWritable() {
    return (access() & Permissions.WRITE) != 0;
  }

  /** As Windows's headers have it, without PAGE_: "READWRITE|GUARD". */
  @Override
  public String toString() {
    return base() == 0 ? BASES.getFirst() : BASES.get(base()) + MODIFIERS.get(code >> 3 & 3);
  }
}
