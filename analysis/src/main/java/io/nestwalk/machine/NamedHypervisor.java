package io.nestwalk.machine;

import io.nestwalk.roots.Evidence;

/**
 * Which hypervisor runs a machine.
 *
 * @param name "KVM", "Xen"
 * @param evidence what says so
 */
public record NamedHypervisor(String name, Evidence evidence) {}
