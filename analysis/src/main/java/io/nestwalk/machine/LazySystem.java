package io.nestwalk.machine;

import java.util.Optional;

/** A machine's operating system, recognised when somebody first asks. For one thread. */
final class LazySystem {

  private Optional<GuestSystem> system;

  Optional<GuestSystem> of(Machine machine) {
    if (system == null) {
      // Recognition may ask for the machine's guests and so for its system again.
      system = Optional.empty();
      system = GuestSystems.recognise(machine);
    }
    return system;
  }
}
