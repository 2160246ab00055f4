/**
 * The machines in a dump: the host, its virtual machines, the machines inside those.
 *
 * <p>{@link io.nestwalk.machine.MachineFinder} brings together what the {@linkplain
 * io.nestwalk.roots roots} package finds and says which root belongs to which machine. {@link
 * io.nestwalk.system.GuestSystem} is what support for an operating system must answer; the
 * implementations live in packages of their own.
 */
package io.nestwalk.machine;
