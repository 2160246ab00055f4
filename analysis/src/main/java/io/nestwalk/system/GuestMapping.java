package io.nestwalk.system;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * A stretch of a process's virtual memory.
 *
 * @param start the first address
 * @param end one past the last
 * @param permissions as /proc/PID/maps has them: "r-xp"
 * @param kind what it is
 * @param path the file's path, or the name in brackets that the system gives it
 * @param offset in the file, in bytes
 * @param flags what an analyst looks for
 * @param presentBytes how much of it the page tables map
 * @param object kernel address of what describes it: {@code vm_area_struct}
 */
public record GuestMapping(
    long start,
    long end,
    String permissions,
    Kind kind,
    Optional<String> path,
    long offset,
    Set<Flag> flags,
    long presentBytes,
    long object) {

  /** What a mapping is. */
  public enum Kind {
    /** A file's contents. */
    FILE,
    /** Memory of its own. */
    ANONYMOUS,
    /** Anonymous memory that several processes share: System V, memfd, shared anonymous. */
    SHARED,
    /** The heap that brk makes. */
    HEAP,
    /** The first thread's stack. */
    STACK,
    /** What the kernel gives every process: vdso, vvar and the like. */
    SPECIAL;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What an analyst looks for. */
  public enum Flag {
    /** Both writable and executable. */
    WRITABLE_EXECUTABLE,
    /** Executable, and no file backs it. */
    ANONYMOUS_EXECUTABLE,
    /** The file has been deleted. */
    DELETED_FILE;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** Copies the flags. */
  public GuestMapping {
    flags =
        Collections.unmodifiableSet(
            flags.isEmpty() ? EnumSet.noneOf(Flag.class) : EnumSet.copyOf(flags));
  }
}
