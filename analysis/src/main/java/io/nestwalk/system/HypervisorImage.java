package io.nestwalk.system;

/**
 * A hypervisor that runs on a machine in place of an operating system, found by its own image.
 *
 * @param name "Hyper-V"
 * @param base the virtual address of its image
 * @param evidence what names it, one line for the user
 */
public record HypervisorImage(String name, long base, String evidence) {}
