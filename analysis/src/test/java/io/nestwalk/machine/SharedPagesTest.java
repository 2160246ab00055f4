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
import io.nestwalk.system.GuestSystems;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What guests that are known by their hypervisor's memory slots have in common. */
class SharedPagesTest {

  private static final long PAGE = 4096;
  private static final long VIRTUAL = 0x7f00_0000_0000L;
  private static final long SHARED = 0x4000_0000L;
  private static final int READ_ONLY = Permissions.ALL & ~Permissions.WRITE;
  private static final GuestSystems NONE = GuestSystems.installed();

  private final SparseMemory memory = new SparseMemory();
  private final Frames frames = Frames.from(0x10_0000);
  private final List<Machine> guests = new ArrayList<>();

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
    SharedPages.Result cut = SharedPages.of(machines, machines.host(), 1 << 10, 1);
    assertThat(cut.runs()).isEmpty();
    assertThat(cut.obstacle().orElseThrow()).startsWith("in part").contains("0x40000000");
    SharedPages.Result pieces = SharedPages.of(machines, machines.host(), 1, Long.MAX_VALUE);
    assertThat(pieces.obstacle().orElseThrow()).startsWith("vm2: in part");
    assertThat(pieces.compared()).hasSize(2);
    assertThat(SharedPages.of(machines, machines.host()).obstacle()).isEmpty();
  }

  /** A guest of four pages, which each has at the same place of the host. */
  private void guest(int rights, SecondLevel.Identity identity) {
    TableBuilder tables = new TableBuilder(X86Form.longMode(4, 48), memory, frames);
    tables.map(VIRTUAL, SHARED, 12, 4 * PAGE, rights);
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

  private static Machine machine(
      String id, Memory physical, Optional<String> parent, SecondLevel level) {
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
        new LazySystem(NONE));
  }
}
