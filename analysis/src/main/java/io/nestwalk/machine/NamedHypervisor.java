package io.nestwalk.machine;

import io.nestwalk.roots.Evidence;

/**
 * Which hypervisor runs a machine.
 *
 * @param name "KVM", "Xen"
 * @param evidence what says so
 */
public record NamedHypervisor(String name, Evidence evidence) {

  /** Xen's name. */
  static final String XEN = "Xen";

  /** Whether it runs on the machine in place of an operating system, as KVM does not. */
  boolean isAlone() {
    return name.equals(XEN);
  }
}
