/**
 * Raw memory of small machine monitors, whose snapshots keep the state apart: Firecracker and Cloud
 * Hypervisor.
 *
 * <p>Their memory files are RAM with the holes left out and have no signature. Where the hole is
 * follows from the monitor (their arch modules) or is told by Cloud Hypervisor's state file. The
 * registers of x86 CPUs come from the state files, in which they stand as KVM hands them out.
 */
package io.nestwalk.image.microvm;
