package io.nestwalk.linux.check;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.ListWalk;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Walk;
import io.nestwalk.paging.Walker;
import io.nestwalk.system.Suspicion;
import io.nestwalk.types.Field;
import io.nestwalk.types.StructLayout;
import io.nestwalk.types.Symbol;
import io.nestwalk.wording.Count;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

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

  /** So many bytes of a function are looked at. */
  private static final int BEGINNING = 32;

  private final Map<Integer, Walker> views;
  private final Supplier<OwnedCode> owned;

  /**
   * The check.
   *
   * @param views the tables of processes that map the kernel too, by pid
   * @param owned whose code lies where beside the kernel's
   */
  KernelText(Map<Integer, Walker> views, Supplier<OwnedCode> owned) {
    this.views = Map.copyOf(views);
    this.owned = owned;
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
    Set<Integer> lacking = new HashSet<>();
    for (AddressRange range : in.code().kernel()) {
      List<Leaf> own = leaves(in.kernel().tables(), range);
      long distance = distanceOf(own);
      for (Leaf leaf : own) {
        in.examined();
        if (leaf.distance() != distance) {
          in.find(
              "code of the kernel's (%d KiB) stands apart from the rest in physical memory"
                  .formatted(leaf.length >> 10),
              leaf.address,
              in.reader()
                  .difference(
                      leaf.address,
                      leaf.length,
                      leaf.target,
                      // Where the rest says that it should be: a copy was made of that.
                      OptionalLong.of(leaf.address - distance)));
        }
      }
      if (own.isEmpty()) {
        in.omit("the kernel's code from 0x%x on is not mapped".formatted(range.start()));
        continue;
      }
      if (own.size() >= MOST_LEAVES) {
        in.omit("the kernel's code from 0x%x on".formatted(own.getLast().address));
      }
      left = views(in, range, own, left, lacking);
    }
    if (!lacking.isEmpty()) {
      in.omit(
          "the kernel's code in the tables of %s, not all of which is mapped there"
              .formatted(Count.of(lacking.size(), "process")));
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

    /** How much of it lies in a range, in bytes. */
    long within(AddressRange range) {
      return within(range, address, length);
    }

    static long within(AddressRange range, long address, long length) {
      return Math.min(address + length, range.end()) - Math.max(address, range.start());
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

  private int views(
      Inspection in, AddressRange range, List<Leaf> own, int budget, Set<Integer> lacking) {
    long bytes = own.stream().mapToLong(leaf -> leaf.within(range)).sum();
    Map<Long, Leaf> known = new HashMap<>();
    own.forEach(leaf -> known.put(leaf.address, leaf));
    int[] left = {budget};
    for (Map.Entry<Integer, Walker> view : views.entrySet()) {
      if (left[0] <= 0) {
        in.omit("the kernel's code in the tables of some processes: too much of it");
        break;
      }
      boolean[] found = new boolean[1];
      long[] seen = new long[1];
      view.getValue()
          .forEachLeaf(
              range.start(),
              range.end() - 1,
              (address, target, shift, _) -> {
                seen[0] += Leaf.within(range, address, 1L << shift);
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
                          OptionalInt.of(view.getKey()),
                          in.reader()
                              .difference(
                                  address, 1L << shift, target, in.kernel().physicalOf(address))));
                }
                return !found[0] && --left[0] > 0;
              });
      // Tables that are not in memory show nothing.
      if (seen[0] > 0) {
        in.examined();
      }
      if (!found[0] && left[0] > 0 && seen[0] < bytes) {
        lacking.add(view.getKey());
      }
    }
    return left[0];
  }

  private static boolean isElsewhere(Inspection in, long address, long target) {
    OptionalLong kernels = in.kernel().physicalOf(address);
    return kernels.isPresent() && kernels.getAsLong() != target;
  }

  private void beginnings(Inspection in) {
    Kernel kernel = in.kernel();
    Architecture architecture = kernel.tables().mode().architecture();
    if (!FirstBranch.isKnown(architecture)) {
      in.omit("the starts of functions: known for x86-64 and ARM64 only");
      return;
    }
    Beginnings beginnings =
        new Beginnings(in, architecture, owned.get(), Probes.of(kernel), ofStart(kernel));
    Set<Long> seen = new HashSet<>();
    kernel
        .symbols()
        .forEach(
            symbol -> {
              if (symbol.isCode()
                  && in.code().isOfKernel(symbol.address())
                  && seen.add(symbol.address())) {
                beginnings.look(symbol);
              }
            });
    beginnings.tell();
    if (seen.isEmpty()) {
      in.omit("the starts of functions: the kernel has no symbols of them");
    }
  }

  /** Looks at the first instructions of functions, and counts what can't be told. */
  private static final class Beginnings {

    private final Inspection in;
    private final Architecture architecture;
    private final OwnedCode owned;
    private final Probes probes;
    private final List<AddressRange> start;
    private int unread;
    private int ownerless;
    private int unproved;

    Beginnings(
        Inspection in,
        Architecture architecture,
        OwnedCode owned,
        Probes probes,
        List<AddressRange> start) {
      this.in = in;
      this.architecture = architecture;
      this.owned = owned;
      this.probes = probes;
      this.start = start;
    }

    void look(Symbol symbol) {
      Memory memory = in.kernel().memory();
      long address = symbol.address();
      if (!memory.isPresent(address) || !memory.isPresent(address + BEGINNING - 1)) {
        unread++;
        return;
      }
      in.examined();
      OptionalLong branch = FirstBranch.targetOf(memory, architecture, address);
      if (branch.isPresent()) {
        branch(symbol, branch.getAsLong());
      } else if (FirstBranch.isBreakpoint(memory, architecture, address)
          && !probes.isNear(address)) {
        if (probes.complete()) {
          in.find(
              "the function %s begins with a breakpoint that is no kprobe's"
                  .formatted(symbol.name()),
              address,
              in.reader().at(address));
        } else {
          unproved++;
        }
      }
    }

    private void branch(Symbol symbol, long target) {
      boolean module =
          symbol.name().startsWith(STATIC_CALL) && in.code().moduleAt(target).isPresent();
      if (in.code().isOfKernel(target)
          || start.stream().anyMatch(range -> range.contains(target))
          || module
          || owned.isMade(target)) {
        return;
      }
      // A module and what nobody can execute are ways out, whoever else owns what.
      if (owned.isComplete() || in.code().moduleAt(target).isPresent() || isData(target)) {
        in.find(
            "the function %s begins with a way out of the kernel's code".formatted(symbol.name()),
            symbol.address(),
            target,
            Stream.of(in.reader().at(symbol.address()), in.reader().at(target))
                .flatMap(List::stream)
                .toList());
      } else {
        ownerless++;
      }
    }

    private boolean isData(long target) {
      Walk walk = in.kernel().tables().tell(target);
      return !walk.isFault() && (walk.permissions() & Permissions.EXECUTE) == 0;
    }

    void tell() {
      if (unread > 0) {
        in.omit("not in memory: the starts of " + Count.of(unread, "function"));
      }
      if (ownerless > 0) {
        in.omit(
            "%s with a way out of the kernel's code: whether BPF or tracing owns"
                    .formatted(Count.of(ownerless, "function", "begins", "begin"))
                + " where it leads can't be told");
      }
      if (unproved > 0) {
        in.omit(
            "%s with a breakpoint: whether kprobes put it there can't be told"
                .formatted(Count.of(unproved, "function", "begins", "begin")));
      }
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

  /**
   * The addresses at which kprobes stand.
   *
   * @param complete whether all are known
   */
  private record Probes(Set<Long> addresses, boolean complete) {

    static Probes of(Kernel kernel) {
      Set<Long> probed = new HashSet<>();
      OptionalLong table = kernel.symbols().address("kprobe_table");
      Optional<StructLayout> layout = kernel.types().find("kprobe");
      if (table.isEmpty() || layout.isEmpty()) {
        // A kernel that has no such structure has no kprobes.
        return new Probes(probed, layout.isEmpty());
      }
      Field link = layout.get().field("hlist");
      Field where = layout.get().field("addr");
      ListWalk lists = new ListWalk(kernel);
      boolean complete = true;
      for (int i = 0; i < BUCKETS; i++) {
        long bucket = table.getAsLong() + (long) i * kernel.types().pointerSize();
        complete &=
            lists.ending(
                "kprobe_table",
                bucket,
                MOST_PROBES,
                node -> {
                  probed.add(kernel.value(where, node - link.offset()));
                  return true;
                });
      }
      return new Probes(probed, complete);
    }

    boolean isNear(long function) {
      return addresses.stream().anyMatch(each -> each - function >= 0 && each - function < 16);
    }
  }
}
