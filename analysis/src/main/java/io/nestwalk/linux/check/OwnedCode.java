package io.nestwalk.linux.check;

import io.nestwalk.image.AddressRange;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.ListWalk;
import io.nestwalk.types.Field;
import io.nestwalk.types.StructLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Memory of code that is owned: by the kernel's image, a module of the list, a program of BPF,
 * tracing, or what starts other processors.
 */
final class OwnedCode {

  private static final int MOST_PROGRAMS = 1 << 16;
  private static final long PAGE = 1 << 12;

  /** What the kernel has made itself while it ran: no file holds it. */
  private final List<AddressRange> made = new ArrayList<>();

  private final NavigableMap<Long, Long> pages;
  private final boolean complete;

  private OwnedCode(Kernel kernel, CodeMap code) {
    boolean whole = programs(kernel, made);
    whole &= trampolines(kernel, made);
    whole &= probes(kernel, made);
    complete = whole;
    List<AddressRange> owned = new ArrayList<>(code.kernel());
    code.modules().values().forEach(owned::addAll);
    owned.addAll(made);
    realMode(kernel, owned);
    pages = merged(owned);
  }

  static OwnedCode of(Kernel kernel, CodeMap code) {
    return new OwnedCode(kernel, code);
  }

  /** Whether all lists of what the kernel makes itself are known: BPF's, tracing's, kprobes'. */
  boolean isComplete() {
    return complete;
  }

  /** Whether an address lies in code that the kernel has made while it ran: BPF's, tracing's. */
  boolean isMade(long address) {
    return made.stream().anyMatch(range -> range.contains(address));
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
  boolean covers(long address, long length) {
    Map.Entry<Long, Long> before = pages.floorEntry(address + length - 1);
    return before != null && Long.compareUnsigned(before.getValue(), address) > 0;
  }

  /**
   * The list of BPF's code: bpf_kallsyms, of struct bpf_ksym; and the packs they share.
   *
   * @return whether the list is known
   */
  private static boolean programs(Kernel kernel, List<AddressRange> owned) {
    Optional<StructLayout> symbol = kernel.types().find("bpf_ksym");
    OptionalLong list = kernel.symbols().address("bpf_kallsyms");
    ListWalk lists = new ListWalk(kernel);
    boolean whole = symbol.isPresent() && list.isPresent();
    if (whole) {
      Field link = symbol.get().field("lnode");
      Field start = symbol.get().field("start");
      Field end = symbol.get().field("end");
      whole =
          lists.circular(
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
      whole &=
          lists.circular(
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
    return whole;
  }

  /** Ways into what traces functions; whether all are known. */
  private static boolean trampolines(Kernel kernel, List<AddressRange> owned) {
    OptionalLong list = kernel.symbols().address("ftrace_ops_list");
    OptionalLong end = kernel.symbols().address("ftrace_list_end");
    Optional<StructLayout> layout = kernel.types().find("ftrace_ops");
    Optional<Field> code = layout.flatMap(each -> each.find("trampoline"));
    Optional<Field> size = layout.flatMap(each -> each.find("trampoline_size"));
    if (code.isEmpty() || size.isEmpty()) {
      // A kernel without these members has no such code.
      return true;
    }
    if (list.isEmpty() || end.isEmpty()) {
      return false;
    }
    Field next = layout.get().field("next");
    long ops = kernel.pointer(list.getAsLong());
    for (int i = 0; i < MOST_PROGRAMS && ops != end.getAsLong() && kernel.isReadable(ops); i++) {
      long start = kernel.value(code.get(), ops);
      add(start, start + kernel.value(size.get(), ops), owned);
      ops = kernel.value(next, ops);
    }
    return ops == end.getAsLong();
  }

  /**
   * Where probed instructions are copied to: struct kprobe_insn_cache (kernel/kprobes.c).
   *
   * @return whether all such places are known
   */
  private static boolean probes(Kernel kernel, List<AddressRange> owned) {
    Optional<Field> pages = kernel.types().findField("kprobe_insn_cache", "pages");
    Optional<Field> link = kernel.types().findField("kprobe_insn_page", "list");
    Optional<Field> memory = kernel.types().findField("kprobe_insn_page", "insns");
    if (pages.isEmpty() || link.isEmpty() || memory.isEmpty()) {
      // An architecture that needs no copies has no such structures.
      return true;
    }
    boolean whole = kernel.symbols().address("kprobe_insn_slots").isPresent();
    for (String name : new String[] {"kprobe_insn_slots", "kprobe_optinsn_slots"}) {
      OptionalLong cache = kernel.symbols().address(name);
      if (cache.isPresent()) {
        whole &=
            new ListWalk(kernel)
                .circular(
                    name,
                    pages.get().at(cache.getAsLong()),
                    MOST_PROGRAMS,
                    node -> {
                      long start = kernel.value(memory.get(), node - link.get().offset());
                      add(start, start + (1L << kernel.pageShift()), owned);
                      return true;
                    });
      }
    }
    return whole;
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
    if (start != 0 && Long.compareUnsigned(end, start) > 0 && end - start < 1L << 30) {
      owned.add(new AddressRange(start, end - start));
    }
  }
}
