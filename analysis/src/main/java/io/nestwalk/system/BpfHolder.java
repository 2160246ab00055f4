package io.nestwalk.system;

/**
 * A descriptor by which a process has a program or a map of BPF.
 *
 * @param pid of the process
 * @param process its name
 * @param descriptor the number of the open file
 */
public record BpfHolder(int pid, String process, int descriptor) {}
