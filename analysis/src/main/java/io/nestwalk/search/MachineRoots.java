package io.nestwalk.search;

import io.nestwalk.paging.PagingMode;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.Root;
import io.nestwalk.roots.Shape;
import io.nestwalk.roots.StructuralRoot;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The page-table roots of one machine: those that its memory shows by their form, in agreement with
 * what its CPUs' registers name.
 */
final class MachineRoots {

  private static final long PAGE = 4096;

  private final SearchContext context;
  private final Optional<Root> first;
  private final List<Root> all;

  /**
   * @param guests the machines on this one whose tables are not its own
   * @param claims what registers name here
   */
  MachineRoots(SearchContext context, List<Guest> guests, CpuClaims claims) {
    this.context = context;
    all = ownRoots(guests);
    first =
        claims.roots().stream()
            .findFirst()
            .map(known -> merged(known, all))
            .or(() -> all.stream().findFirst());
    all.replaceAll(known -> withRegisters(known, claims.roots()));
    context.isa().agreedMode(claims.cpus()).ifPresent(this::keepOnly);
    claims.roots().stream()
        .filter(known -> all.stream().noneMatch(other -> other.address() == known.address()))
        .forEach(all::add);
  }

  /** The root that the machine runs on: the first that registers name, else the likeliest. */
  Optional<Root> first() {
    return first;
  }

  /** All of them, the likeliest first. */
  List<Root> all() {
    return all;
  }

  /** The roots that are neither tables of a guest nor a guest's second level. */
  private List<Root> ownRoots(List<Guest> guests) {
    Set<Long> secondLevels = new HashSet<>();
    guests.forEach(
        guest -> guest.secondLevel().root().ifPresent(root -> addPages(root, secondLevels)));
    List<Root> own = new ArrayList<>();
    for (StructuralRoot found : context.structural()) {
      long address = found.root().address();
      if (!secondLevels.contains(address)
          && guests.stream()
              .allMatch(
                  guest -> guest.isHostItself() || guest.frames().guestOf(address).isEmpty())) {
        own.add(found.root());
      }
    }
    return own;
  }

  /** A root may be several tables side by side, each of which looks like one. */
  private static void addPages(Root root, Set<Long> pages) {
    long end = root.address() + Math.max(1, root.mode().rootBytes());
    for (long page = root.address(); page < end; page += PAGE) {
      pages.add(page);
    }
  }

  /**
   * CR4 of a machine's CPUs says how deep all its tables are; what was read in the other depth is
   * read again, and dropped where it is no root in this one.
   */
  private void keepOnly(PagingMode mode) {
    for (Root root : List.copyOf(all)) {
      if (root.mode().levels().size() == mode.levels().size()) {
        continue;
      }
      Shape shape = context.finder().examine(mode, root.address());
      if (shape.isPlausible()) {
        Evidence evidence =
            Evidence.of(Source.STRUCTURE, root.address(), "well-formed tables: " + shape);
        all.replaceAll(
            known ->
                known.equals(root) ? new Root(mode, root.address(), List.of(evidence)) : known);
      } else {
        all.remove(root);
        context.tried(
            "0x%x: no root in the mode of the machine's CPUs, %s".formatted(root.address(), mode));
      }
    }
  }

  /** The same root with what structure says of it beside what registers say. */
  private static Root merged(Root root, List<Root> structural) {
    Root result = root;
    for (Root other : structural) {
      if (other.address() == root.address()) {
        for (Evidence evidence : other.evidence()) {
          if (root.evidence().stream().noneMatch(e -> e.source() == evidence.source())) {
            result = result.with(evidence);
          }
        }
      }
    }
    return result;
  }

  /** A root found by structure with what registers say of it, if they name it. */
  private static Root withRegisters(Root root, List<Root> named) {
    return named.stream()
        .filter(other -> other.address() == root.address())
        .findFirst()
        .map(other -> merged(other, List.of(root)))
        .orElse(root);
  }
}
