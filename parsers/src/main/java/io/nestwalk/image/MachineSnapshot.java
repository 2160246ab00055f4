package io.nestwalk.image;

import java.time.Instant;

/**
 * A snapshot of a machine, with its memory, that a file holds.
 *
 * @param id what the file numbers it by
 * @param name what the user named it
 * @param time when it was made
 * @param stateBytes how long the state is, memory included
 * @param read whether it is the one that is read
 */
public record MachineSnapshot(
    String id, String name, Instant time, long stateBytes, boolean read) {}
