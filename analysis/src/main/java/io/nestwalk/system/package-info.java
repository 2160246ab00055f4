/**
 * What every operating system has and an analyst asks for: processes, mappings, modules, the log,
 * the virtual machines that it runs. The contract that each supported system fulfils ({@link
 * io.nestwalk.system.SystemSupport}, {@link io.nestwalk.system.GuestSystem}), in words of no system
 * in particular. What only one has (Linux's namespaces, Windows's sessions) is in that system's own
 * package. Nothing here knows how machines are found.
 */
package io.nestwalk.system;
