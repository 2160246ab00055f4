package io.nestwalk.system;

import java.util.Optional;

/**
 * A loaded part of a kernel, or an image that a process has loaded.
 *
 * @param name what it is called
 * @param base virtual address of its code
 * @param size of all its memory in bytes
 * @param object kernel address of what describes it: {@code struct module}; virtual address in the
 *     process for an image that a process has loaded
 * @param path of the file that it came from, where the system keeps that
 * @param traits what its own system knows beyond that
 */
public record GuestModule(
    String name, long base, long size, long object, Optional<String> path, Traits traits) {

  /** A module of which its system keeps no more than this. */
  public GuestModule(String name, long base, long size, long object) {
    this(name, base, size, object, Optional.empty(), Traits.NONE);
  }
}
