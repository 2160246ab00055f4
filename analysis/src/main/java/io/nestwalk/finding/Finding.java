package io.nestwalk.finding;

import io.nestwalk.system.GuestProcess;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Something that an analyst should look at: two views of a machine disagree, or a thing does not
 * fit what surrounds it.
 *
 * @param rule what makes it a finding
 * @param machine the machine that it concerns
 * @param pid of the process that it concerns
 * @param process that process's name
 * @param text one line for the user
 * @param address where: in the process's virtual memory, or of the kernel's object
 * @param pages the pages it concerns, as runs; the first ones when they are many
 * @param count how many pages it concerns in all, 0 when it is not about pages
 */
public record Finding(
    Rule rule,
    String machine,
    OptionalInt pid,
    Optional<String> process,
    String text,
    OptionalLong address,
    List<Run> pages,
    long count) {

  /** Copies the list. */
  public Finding {
    pages = List.copyOf(pages);
  }

  /** A finding about a machine as a whole. */
  public static Finding of(Rule rule, String machine, String text) {
    return new Finding(
        rule,
        machine,
        OptionalInt.empty(),
        Optional.empty(),
        text,
        OptionalLong.empty(),
        List.of(),
        0);
  }

  /** The same, about a process and an address: virtual in it, or of the object in the kernel. */
  Finding in(GuestProcess concerned, long where) {
    return new Finding(
        rule,
        machine,
        OptionalInt.of(concerned.pid()),
        Optional.of(concerned.name()),
        text,
        OptionalLong.of(where),
        pages,
        count);
  }

  /** The same, about pages. */
  Finding on(List<Run> runs, long number) {
    return new Finding(rule, machine, pid, process, text, address, runs, number);
  }

  /**
   * A run of pages.
   *
   * @param guest guest-physical address of the first
   * @param host host-physical address it is mapped to
   * @param length in bytes
   * @param permissions what the second level allows there
   */
  public record Run(long guest, long host, long length, int permissions) {}
}
