/**
 * The machines in a dump as they were found: the host, its virtual machines, the machines inside
 * those, and how the memory of each is mapped to that of the machine below it.
 *
 * <p>They are looked for in {@code io.nestwalk.search}; their operating systems answer by {@link
 * io.nestwalk.system.GuestSystem}.
 */
package io.nestwalk.machine;
