package io.nestwalk.search;

import io.nestwalk.machine.CrossCheck;
import io.nestwalk.machine.FrameMap;
import io.nestwalk.machine.SecondLevel;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.UnionMemory;
import io.nestwalk.roots.Evidence;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.roots.Root;
import io.nestwalk.system.HypervisorGuest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Joins the guests that tables and control structures show with what the hypervisor's own
 * structures know: its memory slots make pages readable that the second level lacks, and a guest
 * that nothing else shows appears.
 */
final class HypervisorJoin {

  /** What describes a guest's memory. */
  private static final String SLOTS = "slots";

  private final MachineScope host;
  private final GuestSearch search;

  /** A join of guests of the machine that {@code host} searches. */
  HypervisorJoin(MachineScope host) {
    this.host = host;
    search = new GuestSearch(host);
  }

  /** The guests with the hypervisor's view of each, numbered without a gap. */
  List<Guest> join(List<Guest> guests, List<HypervisorGuest> known) {
    List<Guest> result = new ArrayList<>(guests);
    for (HypervisorGuest view : known) {
      int[] same =
          IntStream.range(0, result.size())
              .filter(each -> isOf(result.get(each), view, known))
              .toArray();
      if (same.length == 0) {
        Optional<Guest> named = search.namedBy(view, host.nameOf(result.size()));
        if (named.isPresent()) {
          result.removeIf(other -> isMisread(other, named.get()));
          result.add(joined(named.get(), view));
        } else {
          view.memory()
              .ifPresent(memory -> result.add(slotsOnly(host.nameOf(result.size()), view, memory)));
        }
      } else {
        Guest first = result.get(same[0]);
        result.set(same[0], joined(inFormOfRecord(first, view), view));
        // Shadow roots of several CPUs are one machine's: only the hypervisor knows.
        for (int other = same.length - 1; other > 0; other--) {
          result.remove(same[other]);
        }
      }
    }
    return host.numbered(result);
  }

  /**
   * Whether a guest is the one of a record. Each record is a machine of its own: tables of two that
   * are as alike as one machine's older copies, those of clones, are told apart by the records.
   */
  private static boolean isOf(Guest guest, HypervisorGuest view, List<HypervisorGuest> known) {
    return guest.isSeenIn(view)
        && guest.inHypervisor().isEmpty()
        && (guest.isRootOf(view)
            || known.stream()
                .noneMatch(other -> other.object() != view.object() && guest.isRootOf(other)));
  }

  /**
   * Whether a guest that structure alone shows is the one whose root the hypervisor names, read in
   * another form: ARM's tables do not say how many of the start level belong together.
   */
  private static boolean isMisread(Guest guest, Guest named) {
    return guest.inHypervisor().isEmpty()
        && guest.secondLevel().kind() == named.secondLevel().kind()
        && guest.secondLevel().pointer().isEmpty()
        && (guest.frames().isMostlyLike(named.frames())
            || guest.frames().isMostlyInside(named.frames()));
  }

  /**
   * The guest on the form of tables that the hypervisor's record says, which knows it; where that
   * is the form that was concluded, the same guest.
   */
  private Guest inFormOfRecord(Guest guest, HypervisorGuest view) {
    Optional<Root> root = guest.secondLevel().root();
    boolean same =
        root.isEmpty()
            || search
                .recordIn(view)
                .filter(record -> !record.mode().name().equals(root.get().mode().name()))
                .isEmpty();
    return same ? guest : search.namedBy(view, guest.scope().id()).orElse(guest);
  }

  private Guest joined(Guest guest, HypervisorGuest view) {
    SecondLevel level = guest.secondLevel();
    Evidence evidence =
        Evidence.of(
            Source.HYPERVISOR,
            view.object(),
            "the hypervisor's own structure at 0x%x names this root%s"
                .formatted(
                    view.object(),
                    view.pid().isPresent() ? "; its process is " + view.pid().getAsInt() : ""));
    List<VirtualCpu> cpus = VirtualCpu.of(view, guest.cpus());
    if (view.memory().isEmpty()) {
      return new Guest(
          guest.scope(),
          level.with(evidence, Optional.empty()),
          guest.frames(),
          cpus,
          Optional.of(view));
    }
    Layer slots = view.memory().get();
    Optional<Layer> tables = Layer.of(guest.scope().physical());
    Layer memory = tables.map(layer -> (Layer) UnionMemory.of(layer, slots)).orElse(slots);
    CrossCheck crossCheck = CrossCheck.of(tables, slots, view.slots());
    if (!crossCheck.complete()) {
      host.warn(
          "%s at 0x%x: memory slots claim more than this image has memory for; only a part was compared"
              .formatted(guest.scope().id(), view.object()));
    }
    boolean more = crossCheck.onlySlots() != 0;
    FrameMap frames = more ? host.framesOf(memory) : guest.frames();
    return new Guest(
        more
            ? withMore(guest.scope(), memory, frames, view)
            : host.child(guest.scope().id(), memory, guest.scope()),
        level.with(evidence, Optional.of(crossCheck)),
        frames,
        cpus,
        Optional.of(view));
  }

  /**
   * A guest's search in memory of which slots know more pages than its tables. Those rarely hold
   * tables; without new ones the roots stay the same.
   */
  private MachineScope withMore(
      MachineScope guest, Layer memory, FrameMap frames, HypervisorGuest view) {
    Sightings inside = host.sightings().inside(frames);
    return inside.equals(guest.sightings())
        ? host.child(guest.id(), memory, guest)
        : host.child(guest.id(), memory, inside, SLOTS, view.object());
  }

  /** A guest that only the hypervisor's structures describe. */
  private Guest slotsOnly(String name, HypervisorGuest view, Layer memory) {
    FrameMap frames = host.framesOf(memory);
    return new Guest(
        host.child(name, memory, host.sightings().inside(frames), SLOTS, view.object()),
        new SecondLevel(
            SecondLevel.Kind.SLOTS,
            Optional.empty(),
            Optional.empty(),
            0,
            List.of(),
            Optional.empty(),
            SecondLevel.Identity.NONE,
            Optional.empty()),
        frames,
        VirtualCpu.of(view, List.of()),
        Optional.of(view));
  }
}
