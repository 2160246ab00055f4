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
  static final String XEN = "Xen";

  /** Its name in a sentence. */
  public String inWords() {
    return name.equals(HypervisorNames.THIN) ? "a thin hypervisor" : name;
  }

  /** Whether it runs on the machine in place of an operating system, as KVM does not. */
  boolean isAlone() {
    return name.equals(XEN);
  }
}
