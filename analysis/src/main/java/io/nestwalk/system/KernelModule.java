package io.nestwalk.system;

/**
 * A loaded part of a kernel.
 *
 * @param name what it is called
 * @param base virtual address of its code
 * @param size of all its memory in bytes
 * @param object kernel address of what describes it: {@code struct module}
 */
public record KernelModule(String name, long base, long size, long object) {}
