package io.nestwalk.machine;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.SystemHints;
import io.nestwalk.survey.MemoryNotes;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.GuestSystems;
import java.util.List;
import java.util.Optional;

/** A machine's operating system, recognised when somebody first asks. */
public final class LazySystem {

  private final GuestSystems supported;
  private final MemoryNotes notes;
  private Optional<GuestSystem> system;

  /** One of those that are supported. */
  public LazySystem(GuestSystems supported) {
    this(supported, MemoryNotes.NONE);
  }

  /** The same, recognised sooner by what is remembered of the machine's physical memory. */
  public LazySystem(GuestSystems supported, MemoryNotes notes) {
    this.supported = supported;
    this.notes = notes;
  }

  /** One that was recognised already. */
  static LazySystem known(GuestSystem system) {
    LazySystem known = new LazySystem(GuestSystems.NONE);
    known.system = Optional.of(system);
    return known;
  }

  /** The same for a machine of which a dump has no physical memory, but hints. */
  LazySystem ofHints(SystemHints hints, Architecture architecture) {
    LazySystem other = new LazySystem(supported);
    other.system = supported.recognise(hints, architecture);
    return other;
  }

  /** What was refused while the system was read; nothing when nobody asked for it. */
  synchronized List<String> warnings() {
    return system == null ? List.of() : system.map(GuestSystem::warnings).orElse(List.of());
  }

  synchronized Optional<GuestSystem> of(Machine machine) {
    if (system == null) {
      // Recognition may ask for the machine's guests and so for its system again.
      system = Optional.empty();
      system = supported.recognise(machine.site().remembering(notes));
    }
    return system;
  }
}
