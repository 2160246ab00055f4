package io.nestwalk.system;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A file that a process has open.
 *
 * @param descriptor its number in the process
 * @param path as /proc/PID/fd has it
 * @param object kernel address of what describes it: {@code struct file}
 * @param kind what it is
 * @param access "r", "w" or "rw"; empty for one that is opened for neither
 * @param offset where in it the next byte is read or written
 * @param inode kernel address of what all that have it open share; empty where there is none
 * @param socket what it is connected to, of a socket
 * @param traits what its own system knows beyond that
 */
public record OpenFile(
    int descriptor,
    String path,
    long object,
    Kind kind,
    String access,
    long offset,
    OptionalLong inode,
    Optional<GuestSocket> socket,
    Traits traits) {

  /** What an open file is. */
  public enum Kind {
    FILE,
    DIRECTORY,
    LINK,
    CHARACTER_DEVICE,
    BLOCK_DEVICE,
    PIPE,
    SOCKET,
    /** Something else that has a descriptor: an event, a timer, a virtual machine. */
    OTHER;

    /** The name in answers. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }
}
