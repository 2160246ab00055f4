package io.nestwalk.gdb;

import io.nestwalk.image.Memory;
import io.nestwalk.image.Registers;

/**
 * A thread as GDB sees one: a CPU of a machine, or a thread of a process.
 *
 * @param id its number, at least 1
 * @param name what it is called, for people
 * @param registers what is known of them
 * @param memory the virtual memory that its addresses mean
 */
public record TargetThread(int id, String name, Registers registers, Memory memory) {}
