package io.nestwalk.machine;

import java.util.Optional;
import java.util.ServiceLoader;

/** Recognises the operating system of a machine, whichever of the supported ones it is. */
final class GuestSystems {

  private GuestSystems() {}

  /** The machine's operating system; empty when none is recognised. */
  static Optional<GuestSystem> recognise(Machine machine) {
    for (SystemSupport support : ServiceLoader.load(SystemSupport.class)) {
      Optional<GuestSystem> system = support.recognise(machine);
      if (system.isPresent()) {
        return system;
      }
    }
    return Optional.empty();
  }
}
