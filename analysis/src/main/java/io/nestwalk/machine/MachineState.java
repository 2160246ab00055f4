package io.nestwalk.machine;

import io.nestwalk.roots.Evidence;

/**
 * Whether a machine runs, as far as the dump tells. Memory that was freed keeps what stood in it:
 * control structures and tables of a guest that has ended look like those of one that runs.
 *
 * @param kind whether it does
 * @param evidence what says so
 */
public record MachineState(Kind kind, Evidence evidence) {

  /** What may be known. */
  public enum Kind {
    /** A CPU, or its hypervisor's record of its CPUs, names it. */
    RUNNING("running"),
    /**
     * Its hypervisor has it, but no CPU of it or no process that runs it; or no CPU is on the
     * tables of a system that shares its memory with another.
     */
    STOPPED("stopped"),
    /** Its system crashed; another one, which shares its memory, runs in its place. */
    CRASHED("crashed"),
    /** It has ended: what is left of it no CPU, list or slot names. */
    STALE("stale");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    /** The name in answers. */
    @Override
    public String toString() {
      return label;
    }
  }

  /** Whether it has ended. */
  public boolean isStale() {
    return kind == Kind.STALE;
  }

  /** A machine that runs. */
  public static MachineState running(Evidence evidence) {
    return new MachineState(Kind.RUNNING, evidence);
  }

  /** A machine that its hypervisor has and does not run. */
  public static MachineState stopped(Evidence evidence) {
    return new MachineState(Kind.STOPPED, evidence);
  }

  /** A machine whose system crashed. */
  public static MachineState crashed(Evidence evidence) {
    return new MachineState(Kind.CRASHED, evidence);
  }

  /** A machine that has ended. */
  public static MachineState stale(Evidence evidence) {
    return new MachineState(Kind.STALE, evidence);
  }
}
