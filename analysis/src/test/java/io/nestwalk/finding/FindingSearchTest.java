package io.nestwalk.finding;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.machine.SharedPages;
import io.nestwalk.memory.Budget;
import io.nestwalk.paging.EptModes;
import io.nestwalk.paging.Step;
import io.nestwalk.paging.Walker;
import io.nestwalk.search.MachineFinder;
import io.nestwalk.synthetic.ControlPages;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.SyntheticMachine;
import io.nestwalk.synthetic.SyntheticMachine.Guest;
import io.nestwalk.synthetic.VmcsFields;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What does not fit in a guest's second level is found, and an honest one has no findings. */
class FindingSearchTest {

  private static final int PHYSICAL_BITS = 48;

  private static final int MIB = 1 << 20;
  private static final int HOST_SIZE = 64 * MIB;
  private static final long PAGE = 4096;
  private static final long EXECUTE_ONLY = 0b100;
  private static final long RIGHTS = 0b111;
  private static final long ADDRESS = 0x000f_ffff_ffff_f000L;

  /** A page of the guest that is mapped in small pages and holds none of its tables. */
  private static final long HOOKED = 0x5000;

  @TempDir private Path folder;
  private final SparseMemory memory = new SparseMemory();
  private final SyntheticMachine host = new SyntheticMachine(memory, HOST_SIZE, 4);
  private final VmcsFields fields = VmcsFields.unknown(new Random(5));
  private final Guest guest = host.addIntelGuest(6 * MIB, 1, fields);

  private <T> T withImage(Function<MemoryImage, T> question) throws Exception {
    Path file = folder.resolve("host.raw");
    Files.write(file, memory.flat(HOST_SIZE));
    try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults())) {
      return question.apply(image);
    }
  }

  private List<Finding> findings() throws Exception {
    return withImage(image -> FindingSearch.in(MachineFinder.find(image, 2, Progress.NONE)));
  }

  /** The entries that translate a guest-physical address, from the root down. */
  private List<Step> walk(long address) throws Exception {
    return withImage(
        image -> walker(image.memory(), guest.secondLevel().root()).tell(address).steps());
  }

  private static Walker walker(Memory memory, long root) {
    return new Walker(EptModes.of(4, PHYSICAL_BITS), root, memory);
  }

  @Test
  void anHonestGuestHasNone() throws Exception {
    assertThat(findings()).isEmpty();
  }

  /** Each space whose tables are not followed to their end is a finding of its own. */
  @Test
  void tablesThatMapMoreThanIsFollowedAreAFinding() throws Exception {
    withImage(
        image -> {
          Machines machines = MachineFinder.find(image, 2, Progress.NONE);
          for (Machine machine : machines.all()) {
            assertThat(EndlessTables.in(machine, Budget.forAllSpaces(image.memory()))).isEmpty();
            List<Finding> cut = EndlessTables.in(machine, Budget.of(1));
            assertThat(cut).isNotEmpty();
            assertThat(cut).extracting(Finding::rule).containsOnly(Rule.ENDLESS_TABLES);
            assertThat(cut).extracting(Finding::machine).containsOnly(machine.id());
          }
          assertThat(Examination.of(machines))
              .allMatch(each -> each.examined().contains(Rule.ENDLESS_TABLES))
              // A guest alone is compared with nothing.
              .noneMatch(each -> each.examined().contains(Rule.SHARED_PAGES))
              .noneMatch(each -> each.omitted().containsKey(Rule.SHARED_PAGES));
          return null;
        });
  }

  @Test
  void anExecuteOnlyPageStandsOut() throws Exception {
    Step leaf = walk(HOOKED).getLast();
    memory.putLong(leaf.entryAddress(), (leaf.entry() & ~RIGHTS) | EXECUTE_ONLY);
    List<Finding> findings = findings();
    assertThat(findings).hasSize(1);
    assertThat(findings.getFirst().rule()).isEqualTo(Rule.RESTRICTED_PAGES);
    assertThat(findings.getFirst().machine()).isEqualTo("vm1");
    assertThat(findings.getFirst().count()).isEqualTo(1);
    assertThat(findings.getFirst().pages().getFirst().guest()).isEqualTo(HOOKED);
    assertThat(findings.getFirst().text()).startsWith("--x pages");
  }

  /** As KVM on ARM leaves them: what a guest executed has one right more than the rest. */
  @Test
  void aPageWithMoreRightsThanOthersDoesNotStandOut() throws Exception {
    Walker tables = walker(memory.memory(), guest.secondLevel().root());
    for (long page = 0; page < 6 * MIB; page += PAGE) {
      Step leaf = tables.tell(page).steps().getLast();
      if (page != HOOKED) {
        memory.putLong(leaf.entryAddress(), leaf.entry() & ~EXECUTE_ONLY);
      }
    }
    assertThat(findings()).isEmpty();
  }

  @Test
  void aPageOutsideTheImageIsNamed() throws Exception {
    Step leaf = walk(HOOKED).getLast();
    memory.putLong(leaf.entryAddress(), (leaf.entry() & ~ADDRESS) | 0x1_0000_0000L);
    assertThat(findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.rule()).isEqualTo(Rule.OUTSIDE_IMAGE);
              assertThat(finding.pages().getFirst().host()).isEqualTo(0x1_0000_0000L);
            });
  }

  @Test
  void aGuestThatMayWriteItsOwnTablesIsFound() throws Exception {
    List<Step> steps = walk(HOOKED);
    Step leaf = steps.getLast();
    memory.putLong(leaf.entryAddress(), (leaf.entry() & ~ADDRESS) | steps.get(2).table());
    assertThat(findings())
        .anySatisfy(
            finding -> {
              assertThat(finding.rule()).isEqualTo(Rule.MAPS_TABLES);
              assertThat(finding.pages().getFirst().guest()).isEqualTo(HOOKED);
              assertThat(finding.pages().getFirst().host()).isEqualTo(steps.get(2).table());
            });
  }

  @Test
  void aGuestThatHasItsHostsTablesIsFound() throws Exception {
    Step leaf = walk(HOOKED).getLast();
    memory.putLong(leaf.entryAddress(), (leaf.entry() & ~ADDRESS) | host.kernel().root());
    assertThat(findings())
        .anySatisfy(finding -> assertThat(finding.rule()).isEqualTo(Rule.MAPS_HOST_TABLES));
  }

  @Test
  void twoRootsThatDifferInAPageAreOneGuestWithAHook() throws Exception {
    long other = host.take(1);
    long hook = host.take(1);
    memory.putLong(hook, 0x4c0ffee);
    copyPath(walk(HOOKED), other, hook);
    long control = host.take(1);
    ControlPages.vmcs(memory, control, fields, other | 0x5e, guest.machine().cpu(0), host.cpu(0));
    Machines machines = withImage(image -> MachineFinder.find(image, 2, Progress.NONE));
    assertThat(machines.all()).hasSize(2);
    assertThat(findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.rule()).isEqualTo(Rule.ROOTS_DISAGREE);
              assertThat(finding.count()).isEqualTo(1);
              assertThat(finding.pages().getFirst().guest()).isEqualTo(HOOKED);
            });
  }

  /** Pages of one guest that another is given too: as KSM does, and in a way that nobody should. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void pagesOfTwoGuestsAreFoundWithBoth(boolean writable) throws Exception {
    Guest other = host.addIntelGuest(6 * MIB, 1, fields);
    assertThat(findings()).isEmpty();
    long place = HOOKED + 0x10_0000;
    long[] wanted = new long[2];
    for (int i = 0; i < 2; i++) {
      long own = HOOKED + i * PAGE;
      long others = place + i * PAGE;
      wanted[i] = walk(own).getLast().entry() & ADDRESS;
      Step leaf =
          withImage(
                  image -> walker(image.memory(), other.secondLevel().root()).tell(others).steps())
              .getLast();
      long rights = writable ? RIGHTS : RIGHTS & ~2;
      memory.putLong(leaf.entryAddress(), (leaf.entry() & ~ADDRESS & ~RIGHTS) | rights | wanted[i]);
    }
    // Once more in the same guest: two places of one guest alone are not shared.
    Step twice = walk(HOOKED + 4 * PAGE).getLast();
    long alone = walk(HOOKED + 5 * PAGE).getLast().entry();
    memory.putLong(twice.entryAddress(), alone);
    SharedPages.Result shared =
        withImage(
            image -> {
              Machines found = MachineFinder.find(image, 2, Progress.NONE);
              return SharedPages.of(found, found.host());
            });
    assertThat(shared.compared()).containsExactlyInAnyOrder("vm1", "vm2");
    assertThat(shared.gaps()).isEmpty();
    assertThat(shared.runs().stream().mapToLong(SharedPages.Run::length).sum()).isEqualTo(2 * PAGE);
    assertThat(shared.runs().getFirst().host()).isEqualTo(Math.min(wanted[0], wanted[1]));
    List<SharedPages.Owner> owners = shared.runs().getFirst().owners();
    assertThat(owners).extracting(SharedPages.Owner::machine).containsExactly("vm1", "vm2");
    assertThat(owners)
        .extracting(owner -> owner.places().getFirst() & 0xf_ffff)
        .allMatch(gpa -> gpa == HOOKED || gpa == HOOKED + PAGE);
    assertThat(findings())
        .filteredOn(finding -> finding.rule() == Rule.SHARED_PAGES)
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.machine()).isEqualTo("host");
              assertThat(finding.count()).isEqualTo(2);
              assertThat(finding.text())
                  .contains("vm1, vm2 have 8 KiB", writable ? "write 8 KiB" : "write 0 KiB");
            });
  }

  /** Copies the tables on the way to a page under a new root, where the page is another one. */
  private void copyPath(List<Step> steps, long root, long page) throws Exception {
    long copy = root;
    for (Step step : steps) {
      long table = step.table();
      long place = copy;
      byte[] bytes = withImage(image -> image.memory().readBytes(table, (int) PAGE));
      for (int i = 0; i < PAGE; i += Long.BYTES) {
        long value = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(i);
        memory.putLong(place + i, value);
      }
      boolean last = step.outcome() == Step.Outcome.LEAF;
      long next = last ? page : host.take(1);
      memory.putLong(place + (step.entryAddress() - table), (step.entry() & ~ADDRESS) | next);
      copy = next;
    }
  }
}
