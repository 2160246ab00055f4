package io.nestwalk.search;

import static io.nestwalk.image.RegisterNames.CR3;

import io.nestwalk.image.Memory;
import io.nestwalk.machine.FrameMap;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.roots.HostSave;
import io.nestwalk.roots.Root;
import io.nestwalk.roots.StructuralRoot;
import io.nestwalk.roots.Vmcs;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Whether a guest behind tables that map addresses to themselves is the very system in whose memory
 * its hypervisor lies. A driver that slips a hypervisor under its own system runs that hypervisor
 * on the system's own tables, or on a copy that maps the same kernel. A hypervisor that was there
 * first, as Hyper-V is under Windows with virtualization-based security, has tables of its own that
 * map no kernel of its guest's.
 */
final class ParentsSystem {

  /**
   * Where the images of kernels are mapped: Windows' and Linux' alike; in 32 bits from 2 GiB on.
   */
  private static final long KERNELS_64 = 0xffff_f800_0000_0000L;

  private static final long KERNELS_32 = 0x8000_0000L;
  private static final long END_32 = 0xffff_ffffL;
  private static final int ADDRESS_BITS_32 = 32;

  /** So many mapped pages of a kernel show whether tables map it. */
  private static final int COMPARED = 512;

  /** So many roots that a hypervisor goes back to are looked at: one for each CPU. */
  private static final int MAX_ROOTS = 64;

  private final SearchContext context;
  private final GuestCandidate candidate;
  private final FrameMap frames;

  ParentsSystem(SearchContext context, GuestCandidate candidate, FrameMap frames) {
    this.context = context;
    this.candidate = candidate;
    this.frames = frames;
  }

  /**
   * Whether the parent's system runs in the guest.
   *
   * @param guest the guest's physical memory
   * @param kernels roots in it that map a kernel, the likeliest first
   */
  boolean runsIn(Memory guest, List<StructuralRoot> kernels) {
    List<Root> hypervisors = hypervisorsRoots();
    if (kernels.isEmpty() || hypervisors.isEmpty()) {
      // What a hypervisor keeps for itself, its guests do not see.
      return candidate.cpus().stream().anyMatch(cpu -> frames.guestOf(cpu.structure()).isPresent());
    }
    Root kernel = kernels.getFirst().root();
    return hypervisors.stream().anyMatch(root -> mapsSameKernel(root, kernel, guest));
  }

  /** Roots that CPUs load when they leave the guest, as far as tables are there. */
  private List<Root> hypervisorsRoots() {
    Set<Long> structures = new HashSet<>();
    candidate.cpus().forEach(cpu -> structures.add(cpu.structure()));
    Set<Long> named = new HashSet<>();
    for (Vmcs vmcs : context.vmcses()) {
      if (structures.contains(vmcs.page().address())) {
        vmcs.host().get(CR3).ifPresent(named::add);
      }
    }
    if (named.isEmpty()) {
      for (HostSave save : context.sightings().hostSaves()) {
        save.registers().get(CR3).ifPresent(named::add);
      }
    }
    List<Root> roots = new ArrayList<>();
    named.stream()
        .limit(MAX_ROOTS)
        .map(cr3 -> cr3 & ReusedPages.ADDRESS)
        .distinct()
        .forEach(
            address ->
                context
                    .finder()
                    .modeOf(address)
                    .ifPresent(mode -> roots.add(new Root(mode, address, List.of()))));
    return roots;
  }

  private boolean mapsSameKernel(Root hypervisor, Root kernel, Memory guest) {
    PagingMode mode = kernel.mode();
    boolean small = mode.inputBits() <= ADDRESS_BITS_32;
    Walker own = new Walker(hypervisor.mode(), hypervisor.address(), context.memory());
    int[] counts = new int[2];
    new Walker(mode, kernel.address(), guest)
        .forEachLeaf(
            small ? KERNELS_32 : KERNELS_64,
            small ? END_32 : -1,
            (address, page, shift, permissions) -> {
              long translation = own.translate(address);
              boolean same =
                  !Translation.isFault(translation)
                      && frames.guestOf(Translation.address(translation)).orElse(-1) == page;
              counts[0]++;
              counts[1] += same ? 1 : 0;
              return counts[0] < COMPARED;
            });
    return counts[1] > 0 && counts[1] * 2 >= counts[0];
  }
}
