package io.nestwalk.linux.check;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.paging.Permissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Memory that only the kernel may execute and that neither the kernel's image, nor a module of the
 * list, nor a program of BPF, nor tracing owns.
 */
final class LooseCode implements Check {

  private static final int MOST_TRAMPOLINE = 1 << 6;
  private static final int MOST_PAGES = 1 << 18;
  private static final int MOST_RUNS = 1 << 12;
  private static final long PAGE = 1 << 12;

  private final Supplier<OwnedCode> known;

  /**
   * The check.
   *
   * @param known whose code lies where
   */
  LooseCode(Supplier<OwnedCode> known) {
    this.known = known;
  }

  @Override
  public String rule() {
    return "ownerless-code";
  }

  @Override
  public String reason() {
    return "executable memory of the kernel's that nothing owns holds a hidden module or injected"
        + " code";
  }

  @Override
  public void run(Inspection in) {
    Kernel kernel = in.kernel();
    OwnedCode owned = known.get();
    Set<Long> pages = new HashSet<>(trampolinePages(kernel));
    List<Run> loose = new ArrayList<>();
    boolean[] whole = {true};
    kernel
        .tables()
        .forEachLeaf(
            kernel.start(),
            -1,
            (address, target, shift, permissions) -> {
              if ((permissions & Permissions.EXECUTE) != 0
                  && (permissions & Permissions.USER) == 0) {
                in.examined();
                long length = 1L << shift;
                if (!owned.covers(address, length)) {
                  whole[0] &= add(address, target, length, loose);
                } else {
                  for (long at = 0; at < length && pages.size() < MOST_PAGES; at += PAGE) {
                    pages.add(target + at);
                  }
                }
              }
              return true;
            });
    if (!whole[0]) {
      in.omit("executable memory behind 0x%x: too many pieces".formatted(loose.getLast().start));
    }
    // Owned pages have other addresses too: the linear map, fixed places of entries.
    loose.removeIf(run -> pages.contains(run.target));
    if (!owned.isComplete() && !loose.isEmpty()) {
      in.omit(
          "%d KiB of executable memory at 0x%x and on: whether BPF or tracing owns it can't be told"
              .formatted(
                  loose.stream().mapToLong(Run::length).sum() >> 10, loose.getFirst().start));
      return;
    }
    for (Run run : loose) {
      in.find(
          "executable memory of the kernel's (%d KiB) that nothing owns"
              .formatted(run.length() >> 10),
          run.start,
          in.reader().firstIn(run.start, run.length));
    }
  }

  /** Pages that follow one another in both memories. */
  private record Run(long start, long target, long length) {}

  /** Whether there was room for it. */
  private static boolean add(long address, long target, long length, List<Run> runs) {
    Run last = runs.isEmpty() ? null : runs.getLast();
    if (last != null
        && last.start + last.length == address
        && last.target + last.length == target) {
      runs.set(runs.size() - 1, new Run(last.start, last.target, last.length + length));
    } else if (runs.size() < MOST_RUNS) {
      runs.add(new Run(address, target, length));
    } else {
      return false;
    }
    return true;
  }

  /**
   * ARM64 enters the kernel through code that lies among its constants and is executed at a fixed
   * place: arch/arm64/kernel/entry.S, .entry.tramp.text.
   */
  private static Set<Long> trampolinePages(Kernel kernel) {
    Set<Long> pages = new HashSet<>();
    OptionalLong start = kernel.symbols().address("__entry_tramp_text_start");
    OptionalLong end = kernel.symbols().address("__entry_tramp_text_end");
    if (start.isPresent() && end.isPresent()) {
      for (long at = start.getAsLong();
          Long.compareUnsigned(at, end.getAsLong()) < 0 && pages.size() < MOST_TRAMPOLINE;
          at += PAGE) {
        kernel.physicalOf(at).ifPresent(pages::add);
      }
    }
    return pages;
  }
}
