package io.nestwalk.system;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * A process or kernel thread, as every operating system has them.
 *
 * @param pid its number, in the machine's first pid namespace
 * @param ppid its parent's number, 0 for none
 * @param name its short name, as the kernel keeps it: Linux at most 15 bytes, Windows 14
 * @param path of the file that it runs, as the system spells it; Linux adds {@code " (deleted)"}
 *     when that is gone
 * @param commandLine its arguments with blanks between
 * @param startTime when it was started, by the system's clock
 * @param endTime when it ended, by the system's clock
 * @param threads how many threads it has
 * @param root physical address of its root table, in the machine; empty for what runs in the kernel
 *     alone and for what has ended
 * @param userRoot the root table of its user half, where page tables are isolated
 * @param object kernel address of what describes it: {@code task_struct}, {@code EPROCESS}
 * @param seenBy the independent sources that list it
 * @param expectedIn the sources that list a process of its kind; empty where all do
 * @param kernelThread whether it runs in the kernel alone
 * @param hidden whether the list that the machine's own tools show lacks it, though it runs
 * @param exited whether it has ended and only its description is left
 * @param contradictions what it says of itself and the kernel does not, a line each
 * @param traits what its own system knows beyond that
 */
public record GuestProcess(
    int pid,
    int ppid,
    String name,
    Optional<String> path,
    Optional<String> commandLine,
    Optional<Instant> startTime,
    Optional<Instant> endTime,
    OptionalInt threads,
    OptionalLong root,
    OptionalLong userRoot,
    long object,
    Set<String> seenBy,
    Optional<Set<String>> expectedIn,
    boolean kernelThread,
    boolean hidden,
    boolean exited,
    List<String> contradictions,
    Traits traits) {

  /** Copies the set, sorted. */
  public GuestProcess {
    seenBy = Collections.unmodifiableSet(new TreeSet<>(seenBy));
    expectedIn = expectedIn.map(Set::copyOf);
    contradictions = List.copyOf(contradictions);
  }

  /**
   * Describes a process step by step; what is not said is not known.
   *
   * @param pid its number
   * @param name its short name
   * @param object kernel address of what describes it
   */
  public static Builder builder(int pid, String name, long object) {
    return new Builder(pid, name, object);
  }

  /** Collects what is known of a process. */
  public static final class Builder {
    private final int pid;
    private final String name;
    private final long object;
    private int ppid;
    private Optional<String> path = Optional.empty();
    private Optional<String> commandLine = Optional.empty();
    private Optional<Instant> startTime = Optional.empty();
    private Optional<Instant> endTime = Optional.empty();
    private OptionalInt threads = OptionalInt.empty();
    private OptionalLong root = OptionalLong.empty();
    private OptionalLong userRoot = OptionalLong.empty();
    private Set<String> seenBy = Set.of();
    private Optional<Set<String>> expectedIn = Optional.empty();
    private boolean kernelThread;
    private boolean hidden;
    private boolean exited;
    private List<String> contradictions = List.of();
    private Traits traits = Traits.NONE;

    private Builder(int pid, String name, long object) {
      this.pid = pid;
      this.name = name;
      this.object = object;
    }

    /** Its parent's number. */
    public Builder ppid(int value) {
      ppid = value;
      return this;
    }

    /** The path of the file that it runs. */
    public Builder path(Optional<String> value) {
      path = value;
      return this;
    }

    /** Its arguments with blanks between. */
    public Builder commandLine(Optional<String> value) {
      commandLine = value;
      return this;
    }

    /** When it was started. */
    public Builder startTime(Optional<Instant> value) {
      startTime = value;
      return this;
    }

    /** When it ended. */
    public Builder endTime(Optional<Instant> value) {
      endTime = value;
      return this;
    }

    /** How many threads it has. */
    public Builder threads(OptionalInt value) {
      threads = value;
      return this;
    }

    /** Physical address of its root table. */
    public Builder root(OptionalLong value) {
      root = value;
      return this;
    }

    /** Physical address of its user half's root table. */
    public Builder userRoot(OptionalLong value) {
      userRoot = value;
      return this;
    }

    /** The sources that list it. */
    public Builder seenBy(Set<String> value) {
      seenBy = value;
      return this;
    }

    /** The sources that list a process of its kind, where not all do. */
    public Builder expectedIn(Set<String> value) {
      expectedIn = Optional.of(value);
      return this;
    }

    /** Whether it runs in the kernel alone. */
    public Builder kernelThread(boolean value) {
      kernelThread = value;
      return this;
    }

    /** Whether the list that the machine's own tools show lacks it. */
    public Builder hidden(boolean value) {
      hidden = value;
      return this;
    }

    /** Whether it has ended. */
    public Builder exited(boolean value) {
      exited = value;
      return this;
    }

    /** What it says of itself and the kernel does not. */
    public Builder contradictions(List<String> value) {
      contradictions = value;
      return this;
    }

    /** What its own system knows beyond that. */
    public Builder traits(Traits value) {
      traits = value;
      return this;
    }

    /** The process. */
    public GuestProcess build() {
      return new GuestProcess(
          pid,
          ppid,
          name,
          path,
          commandLine,
          startTime,
          endTime,
          threads,
          root,
          userRoot,
          object,
          seenBy,
          expectedIn,
          kernelThread,
          hidden,
          exited,
          contradictions,
          traits);
    }
  }
}
