package io.nestwalk.system;

import java.time.Instant;
import java.util.Optional;

/**
 * A file of which the system holds pages in memory, whether or not a process has it open.
 *
 * @param path where it is mounted; of a file that has no name any more the last one, or none
 * @param fileSystem its type
 * @param number of the file in its file system: the inode
 * @param size in bytes
 * @param cachedBytes how much of it is in memory, in whole pages
 * @param modified when its contents were changed last
 * @param changed when it or what is known of it was changed last
 * @param accessed when it was read last
 * @param object kernel address of what describes it: {@code struct inode}
 * @param traits what its own system knows beyond that
 */
public record CachedFile(
    Optional<String> path,
    String fileSystem,
    long number,
    long size,
    long cachedBytes,
    Optional<Instant> modified,
    Optional<Instant> changed,
    Optional<Instant> accessed,
    long object,
    Traits traits) {

  /**
   * A page of a file.
   *
   * @param offset in the file
   * @param physical where it lies in the machine's physical memory
   * @param length in bytes
   */
  public record Page(long offset, long physical, int length) {}
}
