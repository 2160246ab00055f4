package io.nestwalk.search;

import io.nestwalk.machine.SecondLevel;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.Root;
import io.nestwalk.roots.RootFinder;
import io.nestwalk.roots.StructuralRoot;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Whether pages of a guest hold page-table roots of its host. A host clears pages before it gives
 * them to a process that runs a machine: roots in them came later, when the guest was gone (or the
 * guest was given pages of its host's, which matters only where it runs).
 */
final class ReusedPages {

  /**
   * Fewer roots than this do not show reuse: a guest that maps one table of its host's may have
   * been given it on purpose, which is a finding and no sign that it has ended.
   */
  private static final int FEWEST = 2;

  /** The bits of a CR3 that name the table. */
  static final long ADDRESS = 0x000f_ffff_ffff_f000L;

  private final RootFinder finder;
  private final List<StructuralRoot> structural;
  private final Optional<Root> reference;

  /**
   * A look at the roots of one machine.
   *
   * @param structural the roots in the memory of that machine, the likeliest first
   * @param guests the guests whose own roots may be among these
   */
  ReusedPages(RootFinder finder, List<StructuralRoot> structural, List<Guest> guests) {
    this.finder = finder;
    this.structural = structural;
    reference =
        structural.stream()
            .filter(StructuralRoot::kernelHalf)
            .map(StructuralRoot::root)
            .filter(
                root ->
                    guests.stream()
                        .filter(guest -> !guest.isHostItself())
                        .noneMatch(guest -> guest.frames().guestOf(root.address()).isPresent()))
            .findFirst();
  }

  /** What says that pages of a guest were given to others; empty where nothing does. */
  Optional<Evidence> in(Guest guest) {
    // Roots of a paravirtualized guest have its hypervisor's part of the address space.
    if (guest.isHostItself()
        || guest.isParavirtualized()
        || guest.secondLevel().kind() == SecondLevel.Kind.SHADOW) {
      return Optional.empty();
    }
    List<Long> inside =
        structural.stream()
            .map(found -> found.root().address())
            .filter(address -> isInside(address, guest))
            .filter(this::isRootOfHost)
            .toList();
    return inside.size() < FEWEST
        ? Optional.empty()
        : Optional.of(
            Evidence.against(
                Source.CONTENT,
                inside.getFirst(),
                "%d page-table roots of its host's kernel lie in its pages, 0x%x first: they were given to others, or the guest to see them"
                    .formatted(inside.size(), inside.getFirst())));
  }

  /**
   * Whether a root is in a guest's pages and none of the guest's own, which may look like the
   * host's: two kernels of one build have their first tables at the same addresses.
   */
  private static boolean isInside(long address, Guest guest) {
    OptionalLong inside = guest.frames().guestOf(address);
    return inside.isPresent() && !guest.scope().hasRoot(inside.getAsLong());
  }

  /** Whether a root has the kernel's half of this machine's roots. */
  boolean isRootOfHost(long root) {
    return reference.filter(known -> finder.sharesKernelHalf(known.address(), root)).isPresent();
  }
}
