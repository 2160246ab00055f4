package io.nestwalk.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Memory;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.paging.Fault;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Walker;
import io.nestwalk.synthetic.EptForm;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.Lookup;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.SyntheticMachine;
import io.nestwalk.synthetic.TableBuilder;
import io.nestwalk.synthetic.X86Form;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How many references a processor needs, and what it may do in the end. */
class TracerTest {

  private static final long ADDRESS = 0x40_0000;
  private static final long PAGE = 0x20_0000;
  private static final List<String> TWO = List.of("guest", "ept");

  @Test
  void fourLevelsOverFourTakeTwentyFourReferences() {
    Trace trace = Tracer.trace(guest(4, 4, 12, Rights.ALL), ADDRESS, TWO);
    assertThat(trace.references()).hasSize(24);
    assertThat(trace.references().stream().filter(r -> r.dimension().equals("guest"))).hasSize(4);
    assertThat(trace.fault()).isEmpty();
    assertThat(trace.stops()).hasSize(3);
    assertThat(trace.pageSize()).isEqualTo(4096);
    assertThat(trace.references())
        .allSatisfy(reference -> assertThat(reference.entryInLowest()).isPositive());
  }

  @Test
  void fiveLevelsOverFiveTakeThirtyFive() {
    assertThat(Tracer.trace(guest(5, 5, 12, Rights.ALL), ADDRESS, TWO).references()).hasSize(35);
  }

  @Test
  void largePagesTakeFewer() {
    Trace trace = Tracer.trace(guest(4, 4, 21, Rights.ALL), ADDRESS, TWO);
    assertThat(trace.references()).hasSize(4 * (3 + 1) + 3);
    assertThat(trace.pageSize()).isEqualTo(4096);
  }

  @Test
  void whatALowerLayerForbidsIsForbidden() {
    Trace trace = Tracer.trace(guest(4, 4, 12, Rights.READ | Rights.EXECUTE), ADDRESS, TWO);
    assertThat(Permissions.format(trace.permissions())).isEqualTo("r-xu");
  }

  /** With four levels of small pages in each it would be 124. */
  @Test
  void aGuestInAGuestIsFollowedThroughBothHosts() {
    SparseMemory bytes = new SparseMemory();
    SyntheticMachine host = new SyntheticMachine(bytes, 64 << 20, 1);
    SyntheticMachine.Guest outer = host.addAmdGuest(16 << 20, 1);
    SyntheticMachine.Guest inner = outer.machine().addAmdGuest(4 << 20, 1);
    TableBuilder process = inner.machine().processes().getFirst();
    PhysicalMemory memory = bytes.memory();
    Memory physical = layer(layer(memory, outer.secondLevel()), inner.secondLevel());
    Trace trace =
        Tracer.trace(layer(physical, process), ADDRESS, List.of("process", "inner", "outer"));
    Lookup virtual = process.lookup(ADDRESS);
    List<TableBuilder> below = List.of(inner.secondLevel(), outer.secondLevel());
    int expected = referencesTo(below, virtual.target());
    for (Lookup.Entry entry : virtual.entries()) {
      expected += referencesTo(below, entry.address()) + 1;
    }
    assertThat(trace.references()).hasSize(expected).hasSizeGreaterThan(64);
    long middle = inner.secondLevel().lookup(virtual.target()).target();
    long lowest = outer.secondLevel().lookup(middle).target();
    assertThat(trace.stops()).containsExactly(ADDRESS, virtual.target(), middle, lowest);
  }

  /** How many entries are read to get from an address down through all tables. */
  private static int referencesTo(List<TableBuilder> tables, long address) {
    if (tables.isEmpty()) {
      return 0;
    }
    List<TableBuilder> below = tables.subList(1, tables.size());
    Lookup lookup = tables.getFirst().lookup(address);
    int references = referencesTo(below, lookup.target());
    for (Lookup.Entry entry : lookup.entries()) {
      references += referencesTo(below, entry.address()) + 1;
    }
    return references;
  }

  @Test
  void anAddressThatIsNotCanonicalIsRefusedAtOnce() {
    Trace trace = Tracer.trace(guest(4, 4, 12, Rights.ALL), 1L << 60, TWO);
    assertThat(trace.references()).isEmpty();
    assertThat(trace.fault().orElseThrow().reason()).isEqualTo(Fault.NOT_CANONICAL);
    assertThat(trace.fault().orElseThrow().level()).isEmpty();
    assertThat(trace.fault().orElseThrow().dimension()).isEqualTo("guest");
  }

  private static TranslatedMemory layer(Memory below, TableBuilder tables) {
    return TranslatedMemory.of(below, new Walker(tables.form().mode(), tables.root(), below));
  }

  /** A guest whose memory is at the same addresses in the host, 64 MiB on. */
  private static TranslatedMemory guest(
      int guestDepth, int eptDepth, int secondShift, int secondRights) {
    SparseMemory bytes = new SparseMemory();
    SparseMemory guestBytes = new SparseMemory();
    TableBuilder guest =
        new TableBuilder(X86Form.longMode(guestDepth, 48), guestBytes, Frames.from(0x10_0000));
    guest.map(ADDRESS, PAGE, 12, Rights.ALL);
    TableBuilder ept = new TableBuilder(new EptForm(eptDepth, 48), bytes, Frames.from(0x100_0000));
    long distance = 64L << 20;
    ept.map(0, distance, secondShift, 4L << 20, secondRights);
    guestBytes.pages().forEach(page -> bytes.put(page + distance, guestBytes.page(page)));
    PhysicalMemory host = bytes.memory();
    return layer(layer(host, ept), guest);
  }
}
