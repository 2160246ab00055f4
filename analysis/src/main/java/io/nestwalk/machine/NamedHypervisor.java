package io.nestwalk.machine;

import io.nestwalk.roots.Evidence;

/**
 * Which hypervisor runs a machine.
 *
 * @param name "KVM", "Xen"; "thin" for one that was slipped under the system that started it
 * @param evidence what says so
 */
public record NamedHypervisor(String name, Evidence evidence) {

  /** Xen's name. */
  public static final String XEN = "Xen";

  /** A hypervisor that was slipped under the system that started it. */
  public static final String THIN = "thin";

  /** Its name in a sentence. */
  public String inWords() {
    return name.equals(THIN) ? "a thin hypervisor" : name;
  }

  /** Whether it runs on the machine in place of an operating system, as KVM does not. */
  public boolean isAlone() {
    return name.equals(XEN);
  }
}
