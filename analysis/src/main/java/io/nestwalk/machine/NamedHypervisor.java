package io.nestwalk.machine;

import io.nestwalk.roots.Evidence;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which hypervisor runs a machine.
 *
 * @param name "KVM", "Xen"; "thin" for one that was slipped under the system that started it
 * @param evidence what says so
 * @param domain the number that it knows the machine by; Xen's first domain is 0
 * @param guestName what the machine is called there
 */
public record NamedHypervisor(
    String name, Evidence evidence, OptionalInt domain, Optional<String> guestName) {

  /** Xen's name. */
  public static final String XEN = "Xen";

  /** Microsoft's name. */
  public static final String HYPER_V = "Hyper-V";

  /** A hypervisor that was slipped under the system that started it. */
  public static final String THIN = "thin";

  /** A hypervisor whose number for the machine is not known. */
  public NamedHypervisor(String name, Evidence evidence) {
    this(name, evidence, OptionalInt.empty(), Optional.empty());
  }

  /** The same, which calls the machine so. */
  public NamedHypervisor calling(String guest) {
    return new NamedHypervisor(name, evidence, domain, Optional.of(guest));
  }

  /** Its name in a sentence. */
  public String inWords() {
    return name.equals(THIN) ? "a thin hypervisor" : name;
  }

  /** Whether it runs on the machine in place of an operating system, as KVM does not. */
  public boolean isAlone() {
    return name.equals(XEN) || name.equals(HYPER_V);
  }
}
