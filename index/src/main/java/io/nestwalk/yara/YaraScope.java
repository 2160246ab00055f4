package io.nestwalk.yara;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * What is looked through, and how much of the answer is kept.
 *
 * @param processes whether processes are
 * @param pid only this process
 * @param kernels whether kernels' virtual memory is
 * @param physical whether guests' physical memory and the image's own are
 * @param seconds how long one process, kernel or machine may take
 * @param limit how many hits are kept
 * @param places how many places of strings are kept of each hit
 */
public record YaraScope(
    boolean processes,
    OptionalInt pid,
    boolean kernels,
    boolean physical,
    int seconds,
    int limit,
    int places) {

  /** What is looked through, in words. */
  String said() {
    List<String> where = new ArrayList<>();
    if (processes) {
      where.add(pid.isPresent() ? "process " + pid.getAsInt() : "processes");
    }
    if (kernels) {
      where.add("kernels");
    }
    if (physical) {
      where.add("physical memory");
    }
    return String.join(", ", where);
  }
}
