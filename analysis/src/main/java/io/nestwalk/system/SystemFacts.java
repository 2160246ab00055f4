package io.nestwalk.system;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What is known of an operating system's kernel.
 *
 * @param name of the system: "Linux"
 * @param version of the kernel, as it calls itself: "6.1.0-56-cloud-amd64"
 * @param banner the kernel's whole line about itself, without line end
 * @param kernelBase virtual address of the kernel image's first byte
 * @param kernelPhysical physical address of that byte in the machine
 * @param kaslrSlide how far the kernel was moved from the virtual address that it was linked for
 * @param linearMap virtual address at which the kernel maps physical address 0
 * @param root physical address of the kernel's own root table
 * @param object address of the first task
 * @param hostName what the machine calls itself
 * @param bootTime when the system was started, by its own clock
 * @param uptime how long it had run
 * @param basis what told the layout of structures and the symbols, in words: "BTF at 0x...",
 *     "deduced from the structures"
 */
public record SystemFacts(
    String name,
    String version,
    String banner,
    long kernelBase,
    OptionalLong kernelPhysical,
    OptionalLong kaslrSlide,
    OptionalLong linearMap,
    OptionalLong root,
    long object,
    Optional<String> hostName,
    Optional<Instant> bootTime,
    Optional<Duration> uptime,
    List<String> basis) {

  /** Copies the list. */
  public SystemFacts {
    basis = List.copyOf(basis);
  }
}
