package io.nestwalk.system;

import java.time.Instant;
import java.util.Optional;

/**
 * A thread of a process.
 *
 * @param id its number; the process's own for the first thread of a Linux process
 * @param name what it calls itself
 * @param object kernel address of what describes it: {@code struct task_struct}
 * @param startTime when it began
 * @param traits what its own system knows beyond that, such as its state
 */
public record GuestThread(
    int id, String name, long object, Optional<Instant> startTime, Traits traits) {}
