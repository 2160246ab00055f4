package io.nestwalk.machine;

import io.nestwalk.image.Memory;
import java.util.List;
import java.util.Optional;

/**
 * The operating system of one machine, read from that machine's own memory.
 *
 * <p>Every list is bounded and every answer may be partial: what could not be read stands in {@link
 * #warnings}.
 */
public interface GuestSystem {

  /** What is known of the kernel. */
  SystemFacts facts();

  /** The processes and kernel threads, in ascending order of pid. */
  List<GuestProcess> processes();

  /** The mappings of a process, in ascending order; empty for a kernel thread. */
  List<GuestMapping> mappings(GuestProcess process);

  /** The process's virtual memory; empty when it has none of its own. */
  Optional<Memory> memoryOf(GuestProcess process);

  /** The kernel's virtual memory. */
  Memory kernelMemory();

  /** What was refused or could not be read so far, a line each, with the address. */
  List<String> warnings();
}
