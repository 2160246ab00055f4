package io.nestwalk.index;

import io.nestwalk.machine.GuestSystem;
import io.nestwalk.machine.Machine;
import java.util.Optional;

/** Tells the operating system of a machine; where that comes from is the caller's affair. */
@FunctionalInterface
public interface Systems {

  /** The machine's operating system, empty when none is recognised. */
  Optional<GuestSystem> of(Machine machine);
}
