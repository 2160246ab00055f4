package io.nestwalk.linux.check;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Architecture;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.paging.Walker;
import io.nestwalk.system.Suspicion;
import io.nestwalk.types.Field;
import io.nestwalk.types.StructLayout;
import io.nestwalk.types.Symbol;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The kernel's own code: it stands in memory as one piece, every process's tables lead to that
 * piece, and no function begins with a way out of it. What it should hold byte by byte is in no
 * image: the kernel rewrites it at its start and while it runs.
 */
final class KernelText implements Check {

  private static final int MOST_LEAVES = 1 << 16;

  /** Of all tables together. */
  private static final int MOST_VISITS = 1 << 24;

  private static final int MOST_PROBES = 1 << 14;

  /** KPROBE_TABLE_SIZE. */
  private static final int BUCKETS = 1 << 6;

  /** Trampolines of static calls may lead into modules: include/linux/static_call_types.h. */
  private static final String STATIC_CALL = "__SCT__";

  private final Map<Integer, Walker> views;

  /**
   * The check.
   *
   * @param views the tables of processes that map the kernel too, by pid
   */
  KernelText(Map<Integer, Walker> views) {
    this.views = Map.copyOf(views);
  }

  @Override
  public String rule() {
    return "kernel-text";
  }

  @Override
  public String reason() {
    return "code of the kernel's that was copied and remapped, or a function whose start leads"
        + " elsewhere, is changed without a table being touched";
  }

  @Override
  public void run(Inspection in) {
    int left = MOST_VISITS;
    for (AddressRange range : in.code().kernel()) {
      List<Leaf> own = leaves(in.kernel().tables(), range);
      long distance = distanceOf(own);
      for (Leaf leaf : own) {
        in.examined();
        if (leaf.distance() != distance) {
          in.find(
              "code of the kernel's (%d KiB) stands apart from the rest in physical memory"
                  .formatted(leaf.length >> 10),
              leaf.address);
        }
      }
      if (own.size() >= MOST_LEAVES) {
        in.omit("the kernel's code from 0x%x on".formatted(own.getLast().address));
      }
      left = views(in, range, own, left);
    }
    beginnings(in);
  }

  /**
   * A mapping of the kernel's code.
   *
   * @param target its place in physical memory
   */
  private record Leaf(long address, long target, long length) {
    long distance() {
      return address - target;
    }
  }

  private static List<Leaf> leaves(Walker tables, AddressRange range) {
    List<Leaf> leaves = new ArrayList<>();
    tables.forEachLeaf(
        range.start(),
        range.end() - 1,
        (address, target, shift, _) -> {
          leaves.add(new Leaf(address, target, 1L << shift));
          return leaves.size() < MOST_LEAVES;
        });
    return leaves;
  }

  /** How far most of it stands from where it is mapped. */
  private static long distanceOf(List<Leaf> leaves) {
    Map<Long, Long> bytes = new HashMap<>();
    leaves.forEach(leaf -> bytes.merge(leaf.distance(), leaf.length, Long::sum));
    return bytes.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElse(0L);
  }

  private int views(Inspection in, AddressRange range, List<Leaf> own, int budget) {
    Map<Long, Leaf> known = new HashMap<>();
    own.forEach(leaf -> known.put(leaf.address, leaf));
    int[] left = {budget};
    for (Map.Entry<Integer, Walker> view : views.entrySet()) {
      if (left[0] <= 0) {
        in.omit("the kernel's code in the tables of some processes: too much of it");
        break;
      }
      in.examined();
      boolean[] found = new boolean[1];
      view.getValue()
          .forEachLeaf(
              range.start(),
              range.end() - 1,
              (address, target, shift, _) -> {
                Leaf leaf = known.get(address);
                // Another size of page at the same place is the same view.
                if (leaf == null ? isElsewhere(in, address, target) : leaf.target != target) {
                  found[0] = true;
                  in.find(
                      new Suspicion(
                          "process %d has other memory in the place of the kernel's code"
                              .formatted(view.getKey()),
                          address,
                          OptionalLong.empty(),
                          in.code().describe(address),
                          OptionalInt.of(view.getKey())));
                }
                return !found[0] && --left[0] > 0;
              });
    }
    return left[0];
  }

  private static boolean isElsewhere(Inspection in, long address, long target) {
    OptionalLong kernels = in.kernel().physicalOf(address);
    return kernels.isPresent() && kernels.getAsLong() != target;
  }

  private static void beginnings(Inspection in) {
    Kernel kernel = in.kernel();
    Architecture architecture = kernel.tables().mode().architecture();
    if (!FirstBranch.isKnown(architecture)) {
      in.omit("the starts of functions: known for x86-64 and ARM64 only");
      return;
    }
    OwnedCode owned = OwnedCode.of(in);
    Set<Long> probed = probed(kernel);
    List<AddressRange> start = ofStart(kernel);
    Set<Long> seen = new HashSet<>();
    kernel
        .symbols()
        .forEach(
            symbol -> {
              if (symbol.isCode()
                  && in.code().isOfKernel(symbol.address())
                  && seen.add(symbol.address())) {
                beginning(in, architecture, symbol, owned, probed, start);
              }
            });
    if (seen.isEmpty()) {
      in.omit("the starts of functions: the kernel has no symbols of them");
    }
  }

  private static void beginning(
      Inspection in,
      Architecture architecture,
      Symbol symbol,
      OwnedCode owned,
      Set<Long> probed,
      List<AddressRange> start) {
    Kernel kernel = in.kernel();
    long address = symbol.address();
    in.examined();
    OptionalLong branch = FirstBranch.targetOf(kernel.memory(), architecture, address);
    if (branch.isPresent()) {
      long target = branch.getAsLong();
      boolean ofStart = start.stream().anyMatch(range -> range.contains(target));
      boolean module =
          symbol.name().startsWith(STATIC_CALL) && in.code().moduleAt(target).isPresent();
      if (!in.code().isOfKernel(target) && !ofStart && !module && !owned.isMade(target)) {
        in.find(
            "the function %s begins with a way out of the kernel's code".formatted(symbol.name()),
            address,
            target);
      }
    } else if (FirstBranch.isBreakpoint(kernel.memory(), architecture, address)
        && probed.stream().noneMatch(each -> each - address >= 0 && each - address < 16)) {
      in.find(
          "the function %s begins with a breakpoint that is no kprobe's".formatted(symbol.name()),
          address);
    }
  }

  /** Code that ran at the kernel's start and is freed since: functions that led there still do. */
  private static List<AddressRange> ofStart(Kernel kernel) {
    OptionalLong begin = kernel.symbols().address("__init_begin");
    OptionalLong end = kernel.symbols().address("__init_end");
    return begin.isPresent() && end.isPresent() && end.getAsLong() > begin.getAsLong()
        ? List.of(new AddressRange(begin.getAsLong(), end.getAsLong() - begin.getAsLong()))
        : List.of();
  }

  /** The addresses at which kprobes stand. */
  private static Set<Long> probed(Kernel kernel) {
    Set<Long> probed = new HashSet<>();
    OptionalLong table = kernel.symbols().address("kprobe_table");
    Optional<StructLayout> layout = kernel.types().find("kprobe");
    if (table.isEmpty() || layout.isEmpty()) {
      return probed;
    }
    Field link = layout.get().field("hlist");
    Field where = layout.get().field("addr");
    for (int i = 0; i < BUCKETS; i++) {
      long node = kernel.pointer(table.getAsLong() + (long) i * kernel.types().pointerSize());
      while (kernel.isReadable(node) && probed.size() < MOST_PROBES) {
        if (!probed.add(kernel.value(where, node - link.offset()))) {
          break;
        }
        node = kernel.pointer(node);
      }
    }
    return probed;
  }
}
