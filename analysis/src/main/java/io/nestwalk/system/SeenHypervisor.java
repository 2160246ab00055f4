package io.nestwalk.system;

/**
 * A hypervisor that a system saw below itself when it started.
 *
 * @param name as machines' hypervisors are named: "KVM", "Xen"
 * @param address of what holds it, in the system's kernel
 * @param text what says so
 */
public record SeenHypervisor(String name, long address, String text) {}
