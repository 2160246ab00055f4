package io.nestwalk.search;

import static io.nestwalk.image.RegisterNames.CR3;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.Memory;
import io.nestwalk.image.Registers;
import io.nestwalk.machine.FrameMap;
import io.nestwalk.machine.MachineState;
import io.nestwalk.machine.NamedHypervisor;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.MachineFrames;
import io.nestwalk.memory.PseudoPhysicalMemory;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.paging.X86Modes;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.HierarchyExaminer;
import io.nestwalk.roots.StructuralRoot;
import io.nestwalk.roots.XenMaps;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Xen's domains on x86-64: the paravirtualized ones, which have no second level and whose tables
 * are the machine's own, and what Xen's frame table says of the others. Empty where Xen does not
 * run.
 */
final class XenDomains {

  private static final PagingMode MODE = X86Modes.fourLevel(X86Modes.SEARCHED_PHYSICAL_BITS);
  private static final int PAGE_SHIFT = 12;

  /** A guest kernel's part of the address space, behind Xen's. */
  private static final long KERNEL = 0xffff_8800_0000_0000L;

  /** A kernel's map of all its memory comes first: so many pages show where it begins. */
  private static final int COUNTED_PAGES = 1 << 20;

  private static final int COUNTED_BASES = 1 << 12;

  /** So many of a guest's pages are asked for their owner. */
  private static final int ASKED_PAGES = 64;

  private final Memory memory;
  private final SearchLog log;
  private final String machine;
  private final Optional<XenMaps> xen;
  private final List<Domain> paravirtualized = new ArrayList<>();

  /**
   * A paravirtualized domain.
   *
   * @param root the machine address of a root of its kernel's
   * @param memory its memory as it counts it
   */
  record Domain(long root, PseudoPhysicalMemory memory) {}

  private XenDomains(SearchContext context, Optional<XenMaps> xen) {
    memory = context.memory();
    log = context.log();
    machine = context.machine();
    this.xen = xen;
  }

  /** The domains of the machine that is searched. */
  static XenDomains in(SearchContext context) {
    if (context.isa().architecture() != Architecture.X86_64) {
      return new XenDomains(context, Optional.empty());
    }
    List<Long> tables = context.sightings().tables();
    XenDomains domains =
        new XenDomains(context, XenMaps.among(tables, context.memory(), context.remembered()));
    if (domains.xen.isPresent()) {
      domains.group(tables);
    }
    return domains;
  }

  /** The paravirtualized domains. */
  List<Domain> paravirtualized() {
    return List.copyOf(paravirtualized);
  }

  private void group(List<Long> tables) {
    Map<Long, List<Long>> byDomain = new LinkedHashMap<>();
    for (long table : tables) {
      if (XenMaps.isRoot(table, memory)) {
        XenMaps.domainSlot(table, memory)
            .ifPresent(slot -> byDomain.computeIfAbsent(slot, any -> new ArrayList<>()).add(table));
      }
    }
    for (List<Long> roots : byDomain.values()) {
      // A process has a root of its user's half beside that of both; Xen has some without any.
      long root =
          Collections.max(
              roots, Comparator.comparingInt(each -> XenMaps.guestKernelSlots(each, memory)));
      if (XenMaps.guestKernelSlots(root, memory) == 0) {
        continue;
      }
      Optional<Domain> found = domain(root, roots);
      found.ifPresentOrElse(
          paravirtualized::add,
          () ->
              log.warn(
                  "%s: Xen's root 0x%x is a paravirtualized guest's, but its kernel's map of its memory is not found"
                      .formatted(machine, root)));
    }
  }

  private Optional<Domain> domain(long root, List<Long> roots) {
    Walker walker = new Walker(MODE, root, memory);
    OptionalLong base = base(walker);
    if (base.isEmpty()) {
      return Optional.empty();
    }
    Set<Long> tables = new HashSet<>(roots);
    tables.addAll(new HierarchyExaminer(MODE, memory).tablesBelow(roots));
    return Optional.of(
        new Domain(
            root,
            PseudoPhysicalMemory.of(
                TranslatedMemory.of(memory, walker), base.getAsLong(), xen.orElseThrow(), tables)));
  }

  /** Where most of a kernel's pages would have the guest's first page. */
  private OptionalLong base(Walker kernel) {
    Map<Long, Integer> pages = new HashMap<>();
    int[] left = {COUNTED_PAGES};
    kernel.forEachLeaf(
        KERNEL,
        -1,
        (address, page, shift, permissions) -> {
          long number = xen.orElseThrow().guestPage(page >>> PAGE_SHIFT);
          if (number != MachineFrames.NONE) {
            long base = address - (number << PAGE_SHIFT);
            if (pages.size() < COUNTED_BASES || pages.containsKey(base)) {
              pages.merge(base, 1, Integer::sum);
            }
          }
          return --left[0] > 0;
        });
    return pages.entrySet().stream()
        .filter(each -> each.getKey() >= KERNEL)
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .stream()
        .mapToLong(Long::longValue)
        .findFirst();
  }

  /** Xen, where a machine is one of its domains, with the domain's number where that is known. */
  Optional<NamedHypervisor> nameOf(Guest guest) {
    if (xen.isEmpty()) {
      return Optional.empty();
    }
    OptionalLong owner = ownerOf(guest.frames());
    OptionalInt number =
        owner.isPresent() ? xen.get().domainAt(owner.getAsLong()) : OptionalInt.empty();
    Evidence evidence =
        number.isPresent()
            ? Evidence.of(
                Source.HYPERVISOR,
                owner.getAsLong(),
                "Xen's frame table gives its pages to domain %d, whose structure is at 0x%x"
                    .formatted(number.getAsInt(), owner.getAsLong()))
            : xen.get().evidence();
    return Optional.of(
        new NamedHypervisor(NamedHypervisor.XEN, evidence, number, Optional.empty()));
  }

  /** Whether Xen has a domain to which a guest's pages belong; empty where its records say none. */
  Optional<MachineState> stateOf(Guest guest) {
    return nameOf(guest)
        .filter(name -> name.domain().isPresent())
        .map(name -> MachineState.running(name.evidence()));
  }

  /** The structure of the domain that most of a guest's pages belong to. */
  private OptionalLong ownerOf(FrameMap frames) {
    Map<Long, Integer> owners = new HashMap<>();
    frames
        .sample(ASKED_PAGES)
        .forEach(
            page ->
                xen.orElseThrow()
                    .owner(page)
                    .ifPresent(owner -> owners.merge(owner, 1, Integer::sum)));
    return owners.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .stream()
        .mapToLong(Long::longValue)
        .findFirst();
  }

  /**
   * The CPUs of the dump file that run on a paravirtualized guest's tables, with its own number of
   * the root's page in CR3, also where the CPU is on Xen's copy of that root. They are taken out of
   * {@code unclaimed}.
   */
  static List<Cpu> cpusOf(Guest guest, List<Cpu> unclaimed) {
    List<Cpu> own = new ArrayList<>();
    for (Cpu cpu : List.copyOf(unclaimed)) {
      long cr3 = cpu.registers().get(CR3, 0);
      OptionalLong root = cr3 == 0 ? OptionalLong.empty() : rootOf(guest, cpu, MODE.rootOf(cr3));
      if (root.isPresent()) {
        Map<String, Long> values = new LinkedHashMap<>(cpu.registers().values());
        values.put(CR3, root.getAsLong() | (cr3 & ~MODE.rootMask()));
        unclaimed.remove(cpu);
        own.add(new Cpu(cpu.id(), cpu.architecture(), new Registers(values)));
      }
    }
    return own;
  }

  /** A guest's own number of the root that a machine address is, or is Xen's copy of. */
  private static OptionalLong rootOf(Guest guest, Cpu cpu, long machine) {
    OptionalLong own = guest.frames().guestOf(machine);
    Optional<Layer> layer = Layer.of(guest.scope().physical());
    return own.isPresent() || layer.isEmpty() ? own : copied(guest, cpu, layer.get(), machine);
  }

  /**
   * The root of which another table is a copy. With isolated page tables (XPTI) a CPU that runs a
   * guest is on a table of Xen's own, which has the guest's slots but hardly any of Xen's ({@code
   * root_pgt}; restore_all_guest in xen/arch/x86/x86_64/entry.S). A root that only maps the same
   * kernel shows the kernel, but maybe another process: which is said.
   */
  private static OptionalLong copied(Guest guest, Cpu cpu, Layer layer, long machine) {
    Memory below = layer.below();
    OptionalLong likest = OptionalLong.empty();
    int most = -1;
    for (StructuralRoot found : guest.scope().context().structural()) {
      long root = found.root().address();
      long original = layer.translate(root);
      if (Translation.isFault(original)
          || !XenMaps.hasSameKernel(machine, Translation.address(original), below)) {
        continue;
      }
      int alike = XenMaps.alikeUserSlots(machine, Translation.address(original), below);
      if (alike > most) {
        most = alike;
        likest = OptionalLong.of(root);
      }
    }
    if (likest.isPresent() && most < XenMaps.USER_SLOTS) {
      guest
          .scope()
          .warn(
              ("CPU %d is on Xen's table 0x%x, which is a copy of no root as it is now: root 0x%x"
                      + " maps the same kernel and the most of the same process (%d of %d slots),"
                      + " but may be another process's")
                  .formatted(cpu.id(), machine, likest.getAsLong(), most, XenMaps.USER_SLOTS));
    }
    return likest;
  }
}
