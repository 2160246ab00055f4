package io.nestwalk.system;

/**
 * A file that a process has open.
 *
 * @param descriptor its number in the process
 * @param path as /proc/PID/fd has it
 * @param object kernel address of what describes it: {@code struct file}
 */
public record OpenFile(int descriptor, String path, long object) {}
