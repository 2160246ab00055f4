package io.nestwalk.linux.check;

import io.nestwalk.image.AddressRange;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.ListWalk;
import io.nestwalk.paging.Permissions;
import io.nestwalk.types.Field;
import io.nestwalk.types.StructLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/**
 * Memory that only the kernel may execute and that neither the kernel's image, nor a module of the
 * list, nor a program of BPF, nor tracing owns.
 */
final class LooseCode implements Check {

  private static final int MOST_PROGRAMS = 1 << 16;
  private static final int MOST_TRAMPOLINE = 1 << 6;
  private static final int MOST_PAGES = 1 << 18;
  private static final int MOST_RUNS = 1 << 12;
  private static final long PAGE = 1 << 12;

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
    List<AddressRange> owned = new ArrayList<>(in.code().kernel());
    in.code().modules().values().forEach(owned::addAll);
    boolean programsKnown = programs(in, owned);
    trampolines(in, owned);
    realMode(in.kernel(), owned);
    NavigableMap<Long, Long> known = merged(owned);
    Set<Long> pages = new HashSet<>(trampolinePages(kernel));
    List<Run> loose = new ArrayList<>();
    kernel
        .tables()
        .forEachLeaf(
            Long.MIN_VALUE,
            -1,
            (address, target, shift, permissions) -> {
              if ((permissions & Permissions.EXECUTE) != 0
                  && (permissions & Permissions.USER) == 0) {
                in.examined();
                long length = 1L << shift;
                if (!covered(address, length, known)) {
                  add(address, target, length, loose);
                } else {
                  for (long at = 0; at < length && pages.size() < MOST_PAGES; at += PAGE) {
                    pages.add(target + at);
                  }
                }
              }
              return true;
            });
    // Owned pages have other addresses too: the linear map, fixed places of entries.
    loose.removeIf(run -> pages.contains(run.target));
    if (!programsKnown && !loose.isEmpty()) {
      in.omit(
          "%d KiB of executable memory at 0x%x and on: whether BPF owns it can't be told"
              .formatted(
                  loose.stream().mapToLong(Run::length).sum() >> 10, loose.getFirst().start));
      return;
    }
    for (Run run : loose) {
      in.find(
          "executable memory of the kernel's (%d KiB) that nothing owns"
              .formatted(run.length() >> 10),
          run.start);
    }
  }

  /** Pages that follow one another in both memories. */
  private record Run(long start, long target, long length) {}

  private static void add(long address, long target, long length, List<Run> runs) {
    Run last = runs.isEmpty() ? null : runs.getLast();
    if (last != null
        && last.start + last.length == address
        && last.target + last.length == target) {
      runs.set(runs.size() - 1, new Run(last.start, last.target, last.length + length));
    } else if (runs.size() < MOST_RUNS) {
      runs.add(new Run(address, target, length));
    }
  }

  /**
   * Owned memory in whole pages, since code shares pages with its neighbours: what touches is one.
   */
  private static NavigableMap<Long, Long> merged(List<AddressRange> owned) {
    List<AddressRange> ascending = new ArrayList<>(owned);
    ascending.sort(Comparator.comparing(AddressRange::start, Long::compareUnsigned));
    NavigableMap<Long, Long> ends = new TreeMap<>(Long::compareUnsigned);
    for (AddressRange range : ascending) {
      long start = range.start() & -PAGE;
      long end = (range.start() + range.length() + PAGE - 1) & -PAGE;
      Map.Entry<Long, Long> last = ends.lastEntry();
      if (last != null && Long.compareUnsigned(start, last.getValue()) <= 0) {
        if (Long.compareUnsigned(end, last.getValue()) > 0) {
          ends.put(last.getKey(), end);
        }
      } else {
        ends.put(start, end);
      }
    }
    return ends;
  }

  /** Whether owned memory lies in the page. */
  private static boolean covered(long address, long length, NavigableMap<Long, Long> owned) {
    Map.Entry<Long, Long> before = owned.floorEntry(address + length - 1);
    return before != null && Long.compareUnsigned(before.getValue(), address) > 0;
  }

  /**
   * The list of BPF's code: bpf_kallsyms, of struct bpf_ksym; and the packs they share.
   *
   * @return whether the list is known
   */
  private static boolean programs(Inspection in, List<AddressRange> owned) {
    Kernel kernel = in.kernel();
    Optional<StructLayout> symbol = kernel.types().find("bpf_ksym");
    OptionalLong list = kernel.symbols().address("bpf_kallsyms");
    if (symbol.isPresent() && list.isPresent()) {
      Field link = symbol.get().field("lnode");
      Field start = symbol.get().field("start");
      Field end = symbol.get().field("end");
      new ListWalk(kernel)
          .circular(
              "bpf_kallsyms",
              list.getAsLong(),
              MOST_PROGRAMS,
              node -> {
                long at = node - link.offset();
                add(kernel.value(start, at), kernel.value(end, at), owned);
                return true;
              });
    }
    Optional<StructLayout> pack = kernel.types().find("bpf_prog_pack");
    OptionalLong packs = kernel.symbols().address("pack_list");
    if (pack.isPresent() && packs.isPresent()) {
      Field link = pack.get().field("list");
      Field memory = pack.get().field("ptr");
      new ListWalk(kernel)
          .circular(
              "pack_list",
              packs.getAsLong(),
              MOST_PROGRAMS,
              node -> {
                long start = kernel.value(memory, node - link.offset());
                // BPF_PROG_PACK_SIZE: a huge page for each node.
                add(start, start + (2L << 20), owned);
                return true;
              });
    }
    return symbol.isPresent() && list.isPresent();
  }

  private static void trampolines(Inspection in, List<AddressRange> owned) {
    Kernel kernel = in.kernel();
    OptionalLong list = kernel.symbols().address("ftrace_ops_list");
    OptionalLong end = kernel.symbols().address("ftrace_list_end");
    Optional<StructLayout> layout = kernel.types().find("ftrace_ops");
    if (list.isEmpty() || end.isEmpty() || layout.isEmpty()) {
      return;
    }
    Optional<Field> code = layout.get().find("trampoline");
    Optional<Field> size = layout.get().find("trampoline_size");
    long ops = kernel.pointer(list.getAsLong());
    for (int i = 0; i < MOST_PROGRAMS && ops != end.getAsLong() && kernel.isReadable(ops); i++) {
      if (code.isPresent() && size.isPresent()) {
        long start = kernel.value(code.get(), ops);
        add(start, start + kernel.value(size.get(), ops), owned);
      }
      ops = kernel.value(layout.get().field("next"), ops);
    }
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

  /** What starts other processors, in low memory: arch/x86/realmode. */
  private static void realMode(Kernel kernel, List<AddressRange> owned) {
    OptionalLong header = kernel.symbols().address("real_mode_header");
    OptionalLong start = kernel.symbols().address("real_mode_blob");
    OptionalLong end = kernel.symbols().address("real_mode_blob_end");
    if (header.isPresent() && start.isPresent() && end.isPresent()) {
      long copy = kernel.pointer(header.getAsLong());
      add(copy, copy + (end.getAsLong() - start.getAsLong()), owned);
    }
  }

  private static void add(long start, long end, List<AddressRange> owned) {
    if (start < 0 && Long.compareUnsigned(end, start) > 0 && end - start < 1L << 30) {
      owned.add(new AddressRange(start, end - start));
    }
  }
}
