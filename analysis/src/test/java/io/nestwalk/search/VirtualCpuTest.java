package io.nestwalk.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Registers;
import io.nestwalk.roots.Evidence.Source;
import io.nestwalk.system.HypervisorCpu;
import io.nestwalk.system.HypervisorGuest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a hypervisor's structures and control blocks say of one CPU belongs together. */
class VirtualCpuTest {

  private static final VirtualCpu FIRST = block(0x1000, 0xa000);
  private static final VirtualCpu SECOND = block(0x2000, 0xb000);

  @Test
  void aCpuAndTheBlockThatItNamesAreOne() {
    List<VirtualCpu> cpus =
        VirtualCpu.of(guest(cpu(0, 0xb000, OptionalLong.of(0x2000))), List.of(SECOND));
    assertThat(cpus).hasSize(1);
    assertThat(cpus.getFirst().registers().get("rip")).hasValue(0x2000);
  }

  @Test
  void aBlockThatNobodyNamesIsThatOfTheCpuWithItsRoot() {
    List<VirtualCpu> cpus =
        VirtualCpu.of(
            guest(cpu(0, 0xb000, OptionalLong.empty()), cpu(1, 0xa000, OptionalLong.empty())),
            List.of(FIRST, SECOND));
    assertThat(cpus).hasSize(2);
    assertThat(cpus.get(0).registers().get("rip")).hasValue(0x2000);
    assertThat(cpus.get(1).registers().get("rip")).hasValue(0x1000);
  }

  @Test
  void aBlockMoreThanThereAreCpusIsLeftOver() {
    assertThat(
            VirtualCpu.of(guest(cpu(0, 0xb000, OptionalLong.of(0x2000))), List.of(FIRST, SECOND)))
        .singleElement()
        .satisfies(cpu -> assertThat(cpu.registers().get("rip")).hasValue(0x2000));
  }

  @Test
  void aHypervisorThatTellsOfNoCpusTakesNoneAway() {
    assertThat(VirtualCpu.of(guest(), List.of(FIRST, SECOND))).containsExactly(FIRST, SECOND);
  }

  private static VirtualCpu block(long address, long cr3) {
    return new VirtualCpu(
        address, "VMCB", Source.VMCB, new Registers(Map.of("cr3", cr3, "rip", address)));
  }

  private static HypervisorCpu cpu(int id, long cr3, OptionalLong block) {
    return new HypervisorCpu(
        id,
        0xffff_8880_0000_0000L + id,
        new Registers(Map.of("cr3", cr3)),
        OptionalLong.empty(),
        true,
        block);
  }

  private static HypervisorGuest guest(HypervisorCpu... cpus) {
    return new HypervisorGuest(
        "KVM",
        "vm",
        OptionalInt.empty(),
        0xffff_8880_0000_1000L,
        List.of(),
        Optional.empty(),
        List.of(cpus),
        OptionalLong.empty(),
        OptionalLong.empty(),
        Set.of());
  }
}
