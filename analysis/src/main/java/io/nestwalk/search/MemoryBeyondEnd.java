package io.nestwalk.search;

import io.nestwalk.image.Advice;
import io.nestwalk.image.Architecture;
import io.nestwalk.image.ImageOption;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.machine.Machine;
import io.nestwalk.roots.Root;
import io.nestwalk.roots.RootFinder;
import io.nestwalk.wording.Count;
import java.util.ArrayList;
import java.util.List;

/**
 * Tells memory that was cut before the end of RAM, as by QEMU's {@code pmemsave} of too few bytes,
 * by the tables that the host's own page tables name there. Only tables count: they lie in RAM,
 * while pages may be those of devices above it.
 */
final class MemoryBeyondEnd {

  /** One may be named by a damaged entry. */
  private static final int ENOUGH = 2;

  private MemoryBeyondEnd() {}

  /**
   * Says to the log what is missing.
   *
   * @param memory of an image that has no map of its machine's memory
   * @param host the machine that was found in it
   */
  static void explain(PhysicalMemory memory, Machine host, SearchLog log) {
    if (host.root().isEmpty()) {
      return;
    }
    long end = memory.end();
    long[] beyond =
        tablesMissing(memory, host).stream()
            .mapToLong(Long::longValue)
            .filter(table -> Long.compareUnsigned(table, end) >= 0)
            .sorted()
            .toArray();
    if (beyond.length < ENOUGH) {
      return;
    }
    long first = beyond[0];
    long last = beyond[beyond.length - 1];
    String missing =
        "the image's memory ends at 0x%x, but the host's page tables name %s from 0x%x to 0x%x"
            .formatted(end, Count.of(beyond.length, "table"), first, last);
    if (HoleSearch.explains(memory, first, last)) {
      log.advise(
          Advice.of(
              ImageOption.HOLE,
              missing
                  + ": the file leaves out a hole below 4 GiB, which is to be named, or it was cut"
                  + " short"));
    } else {
      log.warn(
          missing
              + ": the file was cut short, and what lies behind its end is missing from every"
              + " answer");
    }
  }

  /** Missing tables of the root that is the host's, and of those that share its kernel's half. */
  private static List<Long> tablesMissing(PhysicalMemory memory, Machine host) {
    Root own = host.root().orElseThrow();
    RootFinder finder = new RootFinder(memory, host.architecture());
    List<Long> roots = new ArrayList<>();
    roots.add(own.address());
    if (host.architecture() == Architecture.X86_64) {
      host.roots().stream()
          .filter(root -> root.mode().equals(own.mode()))
          .map(Root::address)
          .filter(root -> root != own.address() && finder.sharesKernelHalf(own.address(), root))
          .forEach(roots::add);
    }
    return List.copyOf(finder.tablesMissingBelow(own.mode(), roots));
  }
}
