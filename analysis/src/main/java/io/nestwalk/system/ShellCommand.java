package io.nestwalk.system;

import java.time.Instant;

/**
 * A command that was typed, as a shell's history in memory has it.
 *
 * @param time when, by the machine's clock
 * @param text as it was typed
 * @param address of the history's entry in the shell's memory
 */
public record ShellCommand(Instant time, String text, long address) {}
