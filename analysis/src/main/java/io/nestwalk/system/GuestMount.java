package io.nestwalk.system;

import java.util.List;

/**
 * A file system that is mounted.
 *
 * @param id its number, as /proc/PID/mountinfo has it
 * @param parent the number of the mount that it hangs in
 * @param source what is mounted: a device, or a name
 * @param type of the file system
 * @param point where
 * @param root which folder of the file system is seen there
 * @param options "ro", "nosuid" ...
 * @param object kernel address of what describes it: {@code struct mount}
 * @param namespace the number of the mount namespace that it is in
 */
public record GuestMount(
    int id,
    int parent,
    String source,
    String type,
    String point,
    String root,
    List<String> options,
    long object,
    long namespace) {

  /** Copies the list. */
  public GuestMount {
    options = List.copyOf(options);
  }
}
