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
 * @param object kernel address of what describes it: {@code vm_area_struct}, {@code MMVAD}
 * @param traits what its own system knows beyond that
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
    long object,
    Traits traits) {

  /** What a mapping is. */
  public enum Kind {
    /** Linux: a file's contents. */
    FILE("file"),
    /** Linux: memory of its own. */
    ANONYMOUS("anonymous"),
    /** Linux: anonymous memory that several processes share: System V, memfd, shared anonymous. */
    SHARED("shared"),
    /** Linux: the heap that brk makes. */
    HEAP("heap"),
    /** Linux: the first thread's stack. */
    STACK("stack"),
    /** Linux: what the kernel gives every process: vdso, vvar and the like. */
    SPECIAL("special"),
    /** Windows: a program or library that was loaded as such. */
    IMAGE("image"),
    /** Windows: a file's contents. */
    MAPPED_FILE("mappedFile"),
    /** Windows: a section that the page file backs. */
    PAGEFILE_SECTION("pagefileSection"),
    /** Windows: memory of its own. */
    PRIVATE("private"),
    /** Windows: memory of its own in large pages. */
    LARGE_PAGES("largePages");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    /** The name in answers and queries. */
    @Override
    public String toString() {
      return label;
    }
  }

  /** What an analyst looks for. */
  public enum Flag {
    /** Both writable and executable. */
    WRITABLE_EXECUTABLE,
    /** Executable, and no file backs it. */
    ANONYMOUS_EXECUTABLE,
    /** The file has been deleted. */
    DELETED_FILE,
    /** An image that no file backs. */
    IMAGE_WITHOUT_FILE,
    /** An image that the process's own lists of what it has loaded do not have. */
    UNLISTED_MODULE;

    /** The name in answers and queries. */
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

  /** The same, with another flag. */
  public GuestMapping with(Flag flag) {
    Set<Flag> more = EnumSet.of(flag);
    more.addAll(flags);
    return new GuestMapping(
        start, end, permissions, kind, path, offset, more, presentBytes, object, traits);
  }

  /**
   * Describes a mapping step by step; what is not said is not known.
   *
   * @param start the first address
   * @param end one past the last
   */
  public static Builder builder(long start, long end, Kind kind) {
    return new Builder(start, end, kind);
  }

  /** Collects what is known of a mapping. */
  public static final class Builder {
    private final long start;
    private final long end;
    private final Kind kind;
    private String permissions = "----";
    private Optional<String> path = Optional.empty();
    private long offset;
    private Set<Flag> flags = Set.of();
    private long presentBytes;
    private long object;
    private Traits traits = Traits.NONE;

    private Builder(long start, long end, Kind kind) {
      this.start = start;
      this.end = end;
      this.kind = kind;
    }

    /** As /proc/PID/maps has them: "r-xp". */
    public Builder permissions(String value) {
      permissions = value;
      return this;
    }

    /** The file's path, or the name that the system gives it. */
    public Builder path(Optional<String> value) {
      path = value;
      return this;
    }

    /** Where it begins in the file, in bytes. */
    public Builder offset(long value) {
      offset = value;
      return this;
    }

    /** What an analyst looks for. */
    public Builder flags(Set<Flag> value) {
      flags = value;
      return this;
    }

    /** How much of it the page tables map. */
    public Builder presentBytes(long value) {
      presentBytes = value;
      return this;
    }

    /** Kernel address of what describes it. */
    public Builder object(long value) {
      object = value;
      return this;
    }

    /** What its own system knows beyond that. */
    public Builder traits(Traits value) {
      traits = value;
      return this;
    }

    /** The mapping. */
    public GuestMapping build() {
      return new GuestMapping(
          start, end, permissions, kind, path, offset, flags, presentBytes, object, traits);
    }
  }
}
