/**
 * Raw memory of small machine monitors, whose snapshots keep the state apart: Firecracker and Cloud
 * Hypervisor.
 *
 * <p>Their memory files are RAM with the holes left out and have no signature. Where the hole is
 * follows from the monitor (Firecracker's and Cloud Hypervisor's arch modules); the registers in
 * the state files, whose form changes with the version, are not read.
 */
package io.nestwalk.image.microvm;
