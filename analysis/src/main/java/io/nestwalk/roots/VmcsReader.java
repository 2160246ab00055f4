package io.nestwalk.roots;

import static io.nestwalk.image.RegisterNames.CR3;
import static io.nestwalk.image.RegisterNames.CR4;
import static io.nestwalk.image.RegisterNames.RIP;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.image.Registers;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.EptModes;
import io.nestwalk.paging.Walker;
import io.nestwalk.paging.X86Modes;
import io.nestwalk.survey.Survey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongPredicate;

/**
 * Locates the fields of VMCSes by what they must hold, so that no table of processor models is
 * needed.
 *
 * <p>An EPTP is a value of that form below which EPT tables hang; the host's CR3 one below which
 * the tables of the machine hang that holds the VMCS; the guest's CR3 one that is a root when read
 * through the EPT; a CR4 has VMXE set, which VMX demands of host and guest (SDM volume 3C, 24.8).
 * Offsets that agree between all VMCSes of one revision are the layout. Known layouts only settle
 * what is ambiguous.
 */
public final class VmcsReader {

  private static final int CR4_VMXE = 1 << 13;
  private static final int CR4_PAE = 1 << 5;
  private static final long CR4_UNKNOWN = ~0x1fff_ffffL;
  private static final long CR3_ROOT = 0x000f_ffff_ffff_f000L;

  /** So many values of a page that could be a CR3 are weighed; more are no VMCS's. */
  private static final int PLACES = 32;

  private final Memory memory;
  private final RootFinder host;
  private final Map<Integer, HierarchyExaminer> examiners = new HashMap<>();
  private final Map<Long, RootFinder> guests = new HashMap<>();

  /**
   * A reader of VMCSes in one machine.
   *
   * @param memory the machine's physical memory
   * @param host knows that machine's own roots
   */
  public VmcsReader(Memory memory, RootFinder host) {
    this.memory = memory;
    this.host = host;
  }

  /** The pages among {@code pages} that are VMCSes, with their fields, in the same order. */
  public List<Vmcs> read(List<VmcsPage> pages) {
    Map<Integer, List<Sighting>> byRevision = new TreeMap<>();
    for (VmcsPage page : pages) {
      sight(page)
          .ifPresent(
              sighting ->
                  byRevision
                      .computeIfAbsent(page.revision(), r -> new ArrayList<>())
                      .add(sighting));
    }
    List<Vmcs> result = new ArrayList<>();
    byRevision.forEach(
        (revision, sightings) -> {
          Layouts layouts = new Layouts(revision, sightings);
          sightings.forEach(sighting -> result.add(layouts.read(sighting)));
        });
    result.sort(Comparator.comparingLong(vmcs -> vmcs.page().address()));
    return result;
  }

  /**
   * A page with an EPT of its own and at least two more signs of a VMCS: its link pointer, the
   * host's registers, the guest's root. {@link VmcsDetector} relies on it that one of the first two
   * is among any two.
   */
  private Optional<Sighting> sight(VmcsPage page) {
    // Of most pages nothing else has to be read.
    for (VmcsPage.Pointer pointer : page.pointers()) {
      long eptp = pointer.value();
      if (!tables(eptp).examine(Eptp.root(eptp)).isPlausible()) {
        continue;
      }
      RootFinder guest = guests.computeIfAbsent(eptp, this::open);
      List<Integer> links = offsetsWhere(page, VmcsReader::isNoLink);
      List<Integer> cr4s = offsetsWhere(page, VmcsReader::isCr4);
      List<Integer> hostCr3s =
          offsetsWhere(page, value -> value != eptp && isKernelRoot(host, value));
      List<Integer> guestCr3s = offsetsWhere(page, value -> value != eptp && isRoot(guest, value));
      int signs =
          (links.isEmpty() ? 0 : 1)
              + (hostCr3s.isEmpty() || cr4s.isEmpty() ? 0 : 1)
              + (guestCr3s.isEmpty() ? 0 : 1);
      if (signs >= 2) {
        return Optional.of(
            new Sighting(page, pointer.offset(), eptp, links, cr4s, hostCr3s, guestCr3s));
      }
    }
    return Optional.empty();
  }

  private HierarchyExaminer tables(long eptp) {
    return examiners.computeIfAbsent(
        Eptp.levels(eptp),
        levels ->
            new HierarchyExaminer(EptModes.of(levels, X86Modes.SEARCHED_PHYSICAL_BITS), memory));
  }

  /** The roots in the guest-physical memory below an EPTP. */
  private RootFinder open(long eptp) {
    Walker walker = new Walker(tables(eptp).mode(), Eptp.root(eptp), memory);
    Memory guest = TranslatedMemory.of(memory, walker);
    return new RootFinder(guest, Architecture.X86_64);
  }

  private boolean isRoot(RootFinder roots, long value) {
    long root = value & CR3_ROOT;
    if (root == 0 || (value & ~CR3_ROOT & ~0xfff) != 0) {
      return false;
    }
    return X86FirstStage.LONG.modes().stream()
        .anyMatch(mode -> roots.examine(mode, root).isPlausible());
  }

  /** A host runs its kernel with the tables that an exit loads, so they have a kernel half. */
  private boolean isKernelRoot(RootFinder roots, long value) {
    return isRoot(roots, value) && roots.hasKernelHalf(value & CR3_ROOT);
  }

  /** Whether a value could be the VMCS link pointer of a VMCS without a shadow: SDM 25.4.2. */
  static boolean isNoLink(long value) {
    return value == -1;
  }

  /** Whether a value could be a CR4 under VMX. */
  static boolean isCr4(long value) {
    return (value & (CR4_VMXE | CR4_PAE)) == (CR4_VMXE | CR4_PAE) && (value & CR4_UNKNOWN) == 0;
  }

  private List<Integer> offsetsWhere(VmcsPage page, LongPredicate test) {
    List<Integer> offsets = new ArrayList<>();
    for (int offset = Long.BYTES; offset < Survey.PAGE_SIZE; offset += Long.BYTES) {
      if (test.test(field(page, offset))) {
        offsets.add(offset);
      }
    }
    return offsets;
  }

  private long field(VmcsPage page, int offset) {
    return memory.getLong(page.address() + offset, 0);
  }

  /** A VMCS page and the offsets at which each field could stand. */
  private record Sighting(
      VmcsPage page,
      int eptpOffset,
      long eptp,
      List<Integer> links,
      List<Integer> cr4s,
      List<Integer> hostCr3s,
      List<Integer> guestCr3s) {

    boolean fits(VmcsLayout layout) {
      return layout.eptp() == eptpOffset
          && hostCr3s.contains(layout.hostCr3())
          && cr4s.contains(layout.hostCr4());
    }
  }

  /** Offsets of the two CR3s, or {@link VmcsLayout#UNKNOWN}. */
  private record Cr3Fields(int guest, int host) {}

  /** The layout of one revision, as far as the VMCSes that were met agree on it. */
  private final class Layouts {

    private final int revision;
    private final int met;
    private final List<Sighting> sightings;
    private final Map<Integer, Integer> hostCr3Votes = new TreeMap<>();
    private final Map<Integer, Integer> guestCr3Votes = new TreeMap<>();

    Layouts(int revision, List<Sighting> sightings) {
      this.revision = revision;
      met = sightings.size();
      this.sightings = sightings;
      for (Sighting sighting : sightings) {
        sighting.hostCr3s.forEach(offset -> hostCr3Votes.merge(offset, 1, Integer::sum));
        sighting.guestCr3s.forEach(offset -> guestCr3Votes.merge(offset, 1, Integer::sum));
      }
    }

    Vmcs read(Sighting sighting) {
      for (VmcsLayout known : VmcsLayout.knownFor(revision)) {
        if (sighting.fits(known)) {
          return vmcs(sighting, known, "layout of " + known.name());
        }
      }
      Cr3Fields fields = cr3s(sighting);
      VmcsLayout inferred =
          new VmcsLayout(
              "inferred",
              sighting.eptpOffset,
              sighting.links.isEmpty() ? VmcsLayout.UNKNOWN : sighting.links.getFirst(),
              fields.guest,
              VmcsLayout.UNKNOWN,
              fields.host,
              VmcsLayout.UNKNOWN,
              VmcsLayout.UNKNOWN);
      String how =
          "layout inferred from %d VMCS of revision 0x%x: EPTP at 0x%x, guest CR3 at %s, host CR3 at %s"
              .formatted(
                  met,
                  revision,
                  inferred.eptp(),
                  place(inferred.guestCr3()),
                  place(inferred.hostCr3()));
      return vmcs(sighting, inferred, how);
    }

    /**
     * Where the two CR3s stand: most VMCSes of the revision agree, and the two are not one field.
     * Where a guest's memory is its host's own, a root of one is a root of the other. Then the
     * host's is the one that stays the same in all VMCSes, and the one without a user half.
     */
    private Cr3Fields cr3s(Sighting sighting) {
      List<Integer> hosts = withUnknown(sighting.hostCr3s);
      List<Integer> guests = withUnknown(sighting.guestCr3s);
      Comparator<Cr3Fields> likelier =
          Comparator.comparingInt(this::votes)
              .thenComparingInt(fields -> -values(fields.host))
              .thenComparing(fields -> !hasUserHalf(sighting, fields.host))
              .thenComparingInt(fields -> -fields.host)
              .thenComparingInt(fields -> -fields.guest);
      return hosts.stream()
          .flatMap(host -> guests.stream().map(guest -> new Cr3Fields(guest, host)))
          .filter(fields -> fields.guest != fields.host || fields.host == VmcsLayout.UNKNOWN)
          .max(likelier)
          .orElseThrow();
    }

    private List<Integer> withUnknown(List<Integer> offsets) {
      List<Integer> some = new ArrayList<>(offsets.subList(0, Math.min(offsets.size(), PLACES)));
      some.add(VmcsLayout.UNKNOWN);
      return some;
    }

    private int votes(Cr3Fields fields) {
      return hostCr3Votes.getOrDefault(fields.host, 0)
          + guestCr3Votes.getOrDefault(fields.guest, 0);
    }

    /** How many different values stand at an offset in all VMCSes. */
    private int values(int offset) {
      return offset < 0
          ? 0
          : (int)
              sightings.stream()
                  .mapToLong(each -> field(each.page, offset) & CR3_ROOT)
                  .distinct()
                  .count();
    }

    private boolean hasUserHalf(Sighting sighting, int offset) {
      return offset >= 0 && host.hasUserHalf(field(sighting.page, offset) & CR3_ROOT);
    }

    private String place(int offset) {
      return offset < 0 ? "no known place" : "0x%x".formatted(offset);
    }

    private Vmcs vmcs(Sighting sighting, VmcsLayout layout, String how) {
      Map<String, Long> guest = new LinkedHashMap<>();
      put(guest, CR3, sighting, layout.guestCr3());
      put(guest, CR4, sighting, layout.guestCr4());
      put(guest, RIP, sighting, layout.guestRip());
      Map<String, Long> hostValues = new LinkedHashMap<>();
      put(hostValues, CR3, sighting, layout.hostCr3());
      put(hostValues, CR4, sighting, layout.hostCr4());
      return new Vmcs(
          sighting.page,
          how,
          layout.madeBy(),
          sighting.eptp,
          new Registers(guest),
          new Registers(hostValues),
          layout.places());
    }

    private void put(Map<String, Long> registers, String name, Sighting sighting, int offset) {
      if (offset >= 0) {
        registers.put(name, field(sighting.page, offset));
      }
    }
  }
}
