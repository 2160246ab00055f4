package io.nestwalk.system;

/**
 * That a system crashed, by its own record.
 *
 * @param address of what says so, in the system's kernel
 * @param text what it says
 */
public record SeenCrash(long address, String text) {}
