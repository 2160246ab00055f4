package io.nestwalk.system;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/** Recognises the operating system of a machine, whichever of the supported ones it is. */
public final class GuestSystems {

  private final List<SystemSupport> supports;

  private GuestSystems(List<SystemSupport> supports) {
    this.supports = List.copyOf(supports);
  }

  /** All that the program came with. */
  public static GuestSystems installed() {
    return new GuestSystems(
        ServiceLoader.load(SystemSupport.class).stream().map(ServiceLoader.Provider::get).toList());
  }

  /** The same, but with {@code support} in the place of the one of its class. */
  public GuestSystems with(SystemSupport support) {
    List<SystemSupport> all = new ArrayList<>();
    all.add(support);
    supports.stream().filter(each -> each.getClass() != support.getClass()).forEach(all::add);
    return new GuestSystems(all);
  }

  /** The machine's operating system; empty when none is recognised. */
  public Optional<GuestSystem> recognise(Site site) {
    for (SystemSupport support : supports) {
      Optional<GuestSystem> system = support.recognise(site);
      if (system.isPresent()) {
        return system;
      }
    }
    return Optional.empty();
  }

  /** What supports were given and had no use for so far, a line each. */
  public List<String> warnings() {
    return supports.stream().flatMap(support -> support.warnings().stream()).toList();
  }
}
