package io.nestwalk.types;

/**
 * A named address.
 *
 * @param name as the kernel's source has it
 * @param type as {@code nm} has it: 'T' and 't' code, 'D' and 'd' data, 'R' read-only data ...
 * @param address in the kernel's virtual memory
 */
public record Symbol(String name, char type, long address) {}
