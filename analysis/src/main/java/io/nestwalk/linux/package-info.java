/**
 * Linux, read from a machine's own memory; no file from outside is needed.
 *
 * <p>{@link io.nestwalk.linux.LinuxSystem} recognises a kernel through a machine's page tables and
 * answers for its processes, mappings, modules, log and virtual machines. Each class knows one
 * structure of the kernel's and names the header that has it; where members stand comes from the
 * kernel's own types, else from what is known of it from outside, or is deduced. Memory is hostile:
 * every list is bounded, and what is refused is told with its address.
 */
package io.nestwalk.linux;
