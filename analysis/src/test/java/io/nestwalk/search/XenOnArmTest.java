package io.nestwalk.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.finding.FindingSearch;
import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.image.Registers;
import io.nestwalk.machine.Machine;
import io.nestwalk.machine.Machines;
import io.nestwalk.memory.Layer;
import io.nestwalk.paging.ArmModes.Granule;
import io.nestwalk.paging.ArmModes.OutputSize;
import io.nestwalk.paging.Translation;
import io.nestwalk.roots.Root;
import io.nestwalk.synthetic.ArmForm;
import io.nestwalk.synthetic.ArmSystem;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.GuestMemory;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.TableBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Xen's domains on ARM: its tables name tables as others map pages. */
class XenOnArmTest {

  private static final int HOST_SIZE = 64 << 20;
  private static final long BLOCK = 2 << 20;
  private static final int BLOCK_SHIFT = 21;
  private static final long DOMAIN = 0x4000_0000L;

  @TempDir private Path folder;
  private final SparseMemory memory = new SparseMemory();
  private final Frames frames = Frames.from(0x10_0000);

  /** 4.17 has 44 bits from level 0, 4.20 has 40 bits from level 1 on two tables. */
  @ParameterizedTest
  @CsvSource({"44, 0, 0x80043594", "40, 1, 0x800a3558", "40, 1, 0"})
  void aDomain(int inputBits, int start, String control) throws Exception {
    TableBuilder secondLevel = domain(inputBits, start, DOMAIN);
    ArmSystem.write(new GuestMemory(memory, secondLevel), Frames.from(DOMAIN + 0x1000));
    long vtcr = Long.decode(control);
    find(
        vtcr == 0 ? List.of() : cpus(secondLevel.root(), vtcr),
        machines -> isFound(machines, secondLevel, 4 - start));
  }

  private static void isFound(Machines machines, TableBuilder secondLevel, int levels) {
    assertThat(machines.all())
        .as("%s", machines.attempts())
        .extracting(Machine::id)
        .containsExactly("host", "vm1");
    Machine vm = machines.named("vm1").orElseThrow();
    Root root = vm.secondLevel().root().orElseThrow();
    assertThat(root.address()).isEqualTo(secondLevel.root());
    assertThat(root.mode().levels()).hasSize(levels);
    assertThat(vm.hypervisor().orElseThrow().name()).isEqualTo("Xen");
    for (long offset = 0; offset < 4 * BLOCK; offset += BLOCK / 8) {
      assertThat(Translation.address(Layer.toLowest(vm.physical(), DOMAIN + offset)))
          .isEqualTo(secondLevel.lookup(DOMAIN + offset).target());
    }
  }

  /**
   * The first domain's memory is mapped to itself, its devices too; it is a machine all the same,
   * the first one. All domains have one VTCR_EL2.
   */
  @Test
  void theFirstDomainIsNoHost() throws Exception {
    TableBuilder second = domain(40, 1, DOMAIN);
    ArmSystem.write(new GuestMemory(memory, second), Frames.from(DOMAIN + 0x1000));
    TableBuilder first = new TableBuilder(ArmForm.xen(40, 1), memory, frames);
    long start = frames.take(4 * BLOCK, BLOCK_SHIFT, 48);
    first.map(start, start, BLOCK_SHIFT, 4 * BLOCK, Rights.ALL);
    first.map(0x10_0000_0000L, 0x10_0000_0000L, BLOCK_SHIFT, Rights.ALL);
    ArmSystem.write(new GuestMemory(memory, first), Frames.from(start + 0x1000));
    // What Xen made invalid to see what the domain uses.
    long devices = first.tables().keySet().stream().max(Long::compare).orElseThrow();
    for (int i = 1; i < 400; i++) {
      memory.putLong(devices + 8L * i, 0x02c0_0000_0000_06fcL | 0x10_0000_0000L + i * BLOCK);
    }
    find(cpus(second.root(), 0x800a_3558L), machines -> firstOfTwo(machines, first.root()));
  }

  private static void firstOfTwo(Machines machines, long root) {
    assertThat(machines.all())
        .as("%s", machines.attempts())
        .extracting(Machine::id)
        .containsExactly("host", "vm1", "vm2");
    assertThat(machines.host().roots()).isEmpty();
    assertThat(machines.hypervisorOn("host")).contains("Xen");
    assertThat(machines.hypervisorOn("vm1")).isEmpty();
    Machine dom0 = machines.named("vm1").orElseThrow();
    assertThat(dom0.secondLevel().root().orElseThrow().address()).isEqualTo(root);
    assertThat(dom0.secondLevel().root().orElseThrow().mode().inputBits()).isEqualTo(40);
    assertThat(dom0.roots()).hasSize(3);
  }

  /** KVM's protected mode: the same tables in any form but Xen's are the host's own. */
  @ParameterizedTest
  @ValueSource(ints = {39, 40})
  void anIdentityOfAnotherHypervisorIsTheHostItself(int inputBits) throws Exception {
    ArmForm form = ArmForm.stage2(Granule.KIB_4, inputBits, 1, OutputSize.BITS_48);
    TableBuilder tables = new TableBuilder(form, memory, frames);
    long start = frames.take(4 * BLOCK, BLOCK_SHIFT, 48);
    tables.map(start, start, BLOCK_SHIFT, 4 * BLOCK, Rights.ALL);
    ArmSystem.write(new GuestMemory(memory, tables), Frames.from(start + 0x1000));
    find(
        List.of(),
        machines -> {
          assertThat(machines.all()).extracting(Machine::id).containsExactly("host");
          assertThat(machines.host().roots()).hasSize(3);
        });
  }

  private TableBuilder domain(int inputBits, int start, long base) {
    TableBuilder tables = new TableBuilder(ArmForm.xen(inputBits, start), memory, frames);
    for (int i = 3; i >= 0; i--) {
      tables.map(base + i * BLOCK, frames.take(BLOCK, BLOCK_SHIFT, 48), BLOCK_SHIFT, Rights.ALL);
    }
    return tables;
  }

  private static List<Cpu> cpus(long root, long control) {
    Map<String, Long> values = Map.of("vttbr_el2", root | 2L << 48, "vtcr_el2", control);
    return List.of(new Cpu(0, Architecture.AARCH64, new Registers(values)));
  }

  private void find(List<Cpu> cpus, Consumer<Machines> check) throws Exception {
    Path file = folder.resolve("host.raw");
    Files.write(file, memory.flat(HOST_SIZE));
    try (MemoryImage opened = MemoryImages.open(file, OpenOptions.defaults())) {
      MemoryImage image =
          MemoryImage.of(opened.file(), "raw", opened.memory())
              .architecture(Architecture.AARCH64)
              .runs(opened.runs())
              .cpus(cpus)
              .build();
      Machines machines = MachineFinder.find(image, 1, Progress.NONE);
      assertThat(FindingSearch.in(machines)).isEmpty();
      check.accept(machines);
    }
  }
}
