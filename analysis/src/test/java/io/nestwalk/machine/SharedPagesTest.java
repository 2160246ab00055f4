package io.nestwalk.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.finding.Examination;
import io.nestwalk.finding.Finding;
import io.nestwalk.finding.FindingSearch;
import io.nestwalk.finding.Rule;
import io.nestwalk.image.Architecture;
import io.nestwalk.image.Memory;
import io.nestwalk.machine.Machines.Coverage;
import io.nestwalk.memory.AbsentMemory;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.MemorySlot;
import io.nestwalk.memory.SlotMemory;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Walker;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.TableBuilder;
import io.nestwalk.synthetic.X86Form;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.GuestSystems;
import io.nestwalk.system.PageKind;
import io.nestwalk.system.SystemFacts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What guests that are known by their hypervisor's memory slots have in common. */
class SharedPagesTest {

  private static final long PAGE = 4096;
  private static final long VIRTUAL = 0x7f00_0000_0000L;
  private static final long SHARED = 0x4000_0000L;
  private static final long OTHER = 0x5000_0000L;
  private static final int READ_ONLY = Permissions.ALL & ~Permissions.WRITE;
  private static final GuestSystems NONE = GuestSystems.installed();

  private final SparseMemory memory = new SparseMemory();
  private final Frames frames = Frames.from(0x10_0000);
  private final List<Machine> guests = new ArrayList<>();
  private final List<TableBuilder> builders = new ArrayList<>();
  private final Map<Long, PageKind> kinds = new HashMap<>();

  /** KSM takes a merged page out of the second level: the process's tables alone have it. */
  @Test
  void whatTheHypervisorsProcessesMayNotWriteNoGuestMay() {
    guest(Rights.READ | Rights.USER, SecondLevel.Identity.NONE);
    guest(Rights.READ | Rights.USER, SecondLevel.Identity.NONE);
    SharedPages.Run run = shared().runs().getFirst();
    assertThat(run.length()).isEqualTo(4 * PAGE);
    assertThat(run.owners()).extracting(SharedPages.Owner::permissions).containsOnly(READ_ONLY);
    assertThat(findings()).singleElement().asString().contains("may write 0 KiB");
  }

  @Test
  void whatBothMayWriteIsAWayFromOneIntoTheOther() {
    guest(Rights.ALL, SecondLevel.Identity.NONE);
    guest(Rights.ALL, SecondLevel.Identity.NONE);
    assertThat(findings()).singleElement().asString().contains("may write 16 KiB");
    assertThat(Examination.of(machines()))
        .filteredOn(each -> each.examined().contains(Rule.SHARED_PAGES))
        .extracting(Examination::machine)
        .containsExactly(Machine.HOST);
  }

  @Test
  void aGuestThatIsLentAllMemoryIsLeftOutAndNamed() {
    guest(Rights.ALL, SecondLevel.Identity.OTHER_SYSTEM);
    guest(Rights.ALL, SecondLevel.Identity.NONE);
    guest(Rights.ALL, SecondLevel.Identity.NONE);
    assertThat(shared().compared()).containsExactlyInAnyOrder("vm2", "vm3");
    assertThat(shared().gaps()).singleElement().asString().startsWith("vm1: it is lent");
    assertThat(shared().runs().getFirst().owners()).hasSize(2);
    Examination examination = Examination.of(machines()).getFirst();
    assertThat(examination.examined()).contains(Rule.SHARED_PAGES);
    assertThat(examination.omitted().get(Rule.SHARED_PAGES)).startsWith("vm1: it is lent");
  }

  @Test
  void withoutASecondGuestThatIsKnownNothingIsCompared() {
    guest(Rights.ALL, SecondLevel.Identity.SAME_SYSTEM);
    guest(Rights.ALL, SecondLevel.Identity.NONE);
    assertThat(shared().compared()).isEmpty();
    Examination examination = Examination.of(machines()).getFirst();
    assertThat(examination.examined()).doesNotContain(Rule.SHARED_PAGES);
    assertThat(examination.omitted()).containsKey(Rule.SHARED_PAGES);
    assertThat(examination.knows(Rule.SHARED_PAGES)).isFalse();
  }

  @Test
  void aComparisonThatALimitEndsIsOneInPart() {
    guest(Rights.ALL, SecondLevel.Identity.NONE);
    guest(Rights.ALL, SecondLevel.Identity.NONE);
    Machines machines = machines();
    SharedPages.Result cut = SharedPages.of(machines, machines.host(), false, 1 << 10, 1);
    assertThat(cut.runs()).isEmpty();
    assertThat(cut.obstacle().orElseThrow()).startsWith("in part").contains("0x40000000");
    SharedPages.Result pieces = SharedPages.of(machines, machines.host(), false, 1, Long.MAX_VALUE);
    assertThat(pieces.obstacle().orElseThrow()).startsWith("vm2: in part");
    assertThat(pieces.compared()).hasSize(2);
    assertThat(SharedPages.of(machines, machines.host()).obstacle()).isEmpty();
  }

  /** What was merged within one guest is no way to another, and is counted apart. */
  @Test
  void whatOneGuestHasAtSeveralPlacesIsItsOwn() {
    guest(Rights.READ | Rights.USER, SecondLevel.Identity.NONE, SHARED, SHARED, SHARED + PAGE);
    guest(Rights.READ | Rights.USER, SecondLevel.Identity.NONE, OTHER, SHARED + PAGE, OTHER);
    Machines machines = machines();
    assertThat(shared().within()).isEmpty();
    SharedPages.Result all = SharedPages.alsoWithin(machines, machines.host());
    assertThat(all.runs()).isEqualTo(shared().runs()).singleElement().asString().contains("vm2");
    assertThat(all.runs().getFirst().host()).isEqualTo(SHARED + PAGE);
    assertThat(all.within())
        .containsExactly(
            new SharedPages.Run(
                SHARED,
                PAGE,
                List.of(new SharedPages.Owner("vm1", List.of(0L, PAGE), 2, READ_ONLY)),
                Optional.empty()),
            new SharedPages.Run(
                OTHER,
                PAGE,
                List.of(new SharedPages.Owner("vm2", List.of(0L, 2 * PAGE), 2, READ_ONLY)),
                Optional.empty()));
    assertThat(all.sums())
        .containsExactly(
            new SharedPages.Sum(List.of("vm1", "vm2"), Optional.empty(), PAGE, 2 * PAGE, 0),
            new SharedPages.Sum(List.of("vm1"), Optional.empty(), PAGE, 2 * PAGE, 0),
            new SharedPages.Sum(List.of("vm2"), Optional.empty(), PAGE, 2 * PAGE, 0));
  }

  @Test
  void aGuestAloneMayShareWithItself() {
    guest(Rights.ALL, SecondLevel.Identity.NONE, SHARED, SHARED);
    Machines machines = machines();
    SharedPages.Result all = SharedPages.alsoWithin(machines, machines.host());
    assertThat(all.within()).singleElement().asString().contains("vm1");
    assertThat(all.compared()).isEmpty();
    assertThat(all.gaps()).hasSize(1);
  }

  /** Neighbouring pages of different kinds are different runs; what nobody knows stays unsaid. */
  @Test
  void theHostsSystemTellsWhatPagesAre() {
    kinds.put(SHARED, PageKind.MERGED);
    kinds.put(SHARED + PAGE, PageKind.MERGED);
    kinds.put(SHARED + 3 * PAGE, PageKind.FILE);
    guest(Rights.READ | Rights.USER, SecondLevel.Identity.NONE);
    guest(Rights.READ | Rights.USER, SecondLevel.Identity.NONE);
    List<SharedPages.Run> runs = shared().told(machines().host()).runs();
    assertThat(runs)
        .extracting(SharedPages.Run::kind)
        .containsExactly(
            Optional.of(PageKind.MERGED), Optional.empty(), Optional.of(PageKind.FILE));
    assertThat(runs).extracting(SharedPages.Run::length).containsExactly(2 * PAGE, PAGE, PAGE);
    assertThat(runs.getLast().host()).isEqualTo(SHARED + 3 * PAGE);
    assertThat(runs.getLast().owners())
        .allSatisfy(owner -> assertThat(owner.places()).containsExactly(3 * PAGE));
    assertThat(findings()).singleElement().asString().contains("(merged 8 KiB, file 4 KiB)");
  }

  /** A kind that was not asked for is not one that nobody knows. */
  @Test
  void whereTheQuestionsEndIsSaid() {
    for (int i = 0; i < 4; i++) {
      kinds.put(SHARED + i * PAGE, i % 2 == 0 ? PageKind.FILE : PageKind.ANONYMOUS);
    }
    guest(Rights.READ | Rights.USER, SecondLevel.Identity.NONE);
    guest(Rights.READ | Rights.USER, SecondLevel.Identity.NONE);
    assertThat(shared().told(machines().host()).gaps()).isEmpty();
    SharedPages.Result asked = shared().told(machines().host(), 2, Long.MAX_VALUE);
    SharedPages.Result divided = shared().told(machines().host(), Long.MAX_VALUE, 1);
    assertThat(asked).isEqualTo(divided);
    assertThat(asked.runs())
        .extracting(SharedPages.Run::kind)
        .containsExactly(
            Optional.of(PageKind.FILE), Optional.of(PageKind.ANONYMOUS), Optional.empty());
    assertThat(asked.gaps()).singleElement().asString().contains("asked of 2", "0x40002000");
  }

  /** The few pages that lead from one guest into another come before all others. */
  @Test
  void whatTwoMayWriteIsListedFirst() {
    guest(Rights.READ | Rights.USER, SecondLevel.Identity.NONE, SHARED);
    guest(Rights.READ | Rights.USER, SecondLevel.Identity.NONE, SHARED);
    mapMore(Rights.ALL, OTHER);
    Machines machines = machines();
    Finding finding = FindingSearch.ofLayers(machines, machines.host()).getFirst();
    assertThat(finding.text()).contains("8 KiB of memory in common").contains("write 4 KiB");
    assertThat(finding.pages()).extracting(Finding.Run::host).containsExactly(OTHER, SHARED);
  }

  /** Gives the last two guests one page more, in common. */
  private void mapMore(int rights, long host) {
    int count = guests.size();
    for (int i = count - 2; i < count; i++) {
      TableBuilder tables = builders.get(i);
      tables.map(VIRTUAL + PAGE, host, 12, rights);
    }
  }

  /** A guest of four pages, which each has at the same place of the host. */
  private void guest(int rights, SecondLevel.Identity identity) {
    guest(rights, identity, SHARED, SHARED + PAGE, SHARED + 2 * PAGE, SHARED + 3 * PAGE);
  }

  /** A guest with pages at these places of the host. */
  private void guest(int rights, SecondLevel.Identity identity, long... places) {
    TableBuilder tables = new TableBuilder(X86Form.longMode(4, 48), memory, frames);
    builders.add(tables);
    for (int i = 0; i < places.length; i++) {
      tables.map(VIRTUAL + i * PAGE, places[i], 12, rights);
    }
    Memory host = memory.memory();
    Layer process =
        TranslatedMemory.of(host, new Walker(tables.form().mode(), tables.root(), host));
    SecondLevel level =
        new SecondLevel(
            SecondLevel.Kind.SLOTS,
            Optional.empty(),
            Optional.empty(),
            4 * PAGE,
            List.of(),
            Optional.empty(),
            identity,
            Optional.empty());
    guests.add(
        machine(
            "vm" + (guests.size() + 1),
            SlotMemory.of(process, List.of(new MemorySlot(0, 4 * PAGE, VIRTUAL))),
            Optional.of(Machine.HOST),
            level));
  }

  private SharedPages.Result shared() {
    Machines machines = machines();
    return SharedPages.of(machines, machines.host());
  }

  private List<String> findings() {
    Machines machines = machines();
    return FindingSearch.ofLayers(machines, machines.host()).stream().map(Finding::text).toList();
  }

  private Machines machines() {
    List<Machine> all = new ArrayList<>();
    all.add(machine(Machine.HOST, memory.memory(), Optional.empty(), SecondLevel.NONE));
    all.addAll(guests);
    return new Machines(all, List.of(), new Coverage(0, 0, 0), List.of(), List.of(), List.of());
  }

  /** A host that knows what pages are, and nothing else. */
  private final class HostSystem implements GuestSystem {

    @Override
    public Optional<PageKind> kindOf(long physical) {
      return Optional.ofNullable(kinds.get(physical));
    }

    @Override
    public SystemFacts facts() {
      return SystemFacts.builder("made up", "1", 0).build();
    }

    @Override
    public List<GuestProcess> processes() {
      return List.of();
    }

    @Override
    public List<GuestMapping> mappings(GuestProcess process) {
      return List.of();
    }

    @Override
    public Optional<Layer> memoryOf(GuestProcess process) {
      return Optional.empty();
    }

    @Override
    public Layer kernelMemory() {
      throw new IllegalStateException("nobody asks for it");
    }

    @Override
    public List<String> warnings() {
      return List.of();
    }
  }

  private Machine machine(String id, Memory physical, Optional<String> parent, SecondLevel level) {
    return new Machine(
        id,
        parent,
        Architecture.X86_64,
        physical,
        parent.map(_ -> AbsentMemory.INSTANCE),
        level,
        Optional.empty(),
        List.of(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        parent.isEmpty() ? LazySystem.known(new HostSystem()) : new LazySystem(NONE));
  }
}
