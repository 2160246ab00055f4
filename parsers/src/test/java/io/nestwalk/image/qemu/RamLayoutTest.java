package io.nestwalk.image.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RamLayoutTest {

  private static final long MIB = 1 << 20;

  /** The splits as "info mtree" of QEMU shows them for machines of that size. */
  @ParameterizedTest
  @CsvSource({
    "pc-i440fx-8.2, 3000, 3000",
    "pc-i440fx-8.2, 3583, 3583",
    "pc-i440fx-8.2, 3584, 3072",
    "pc-i440fx-1.7, 4096, 3584",
    "pc-q35-8.2, 2815, 2815",
    "pc-q35-8.2, 2816, 2048",
    "pc-q35-8.2, 3000, 2048",
    "microvm, 3072, 3072",
    "microvm, 4000, 3072",
    "xenfv-4.2, 8192, 3840"
  })
  void theHoleDependsOnTypeAndSize(String machine, long size, long low) {
    List<String> warnings = new ArrayList<>();
    assertThat(RamLayout.lowMemory(machine, size * MIB, warnings)).isEqualTo(low * MIB);
    assertThat(warnings).isEmpty();
  }

  @Test
  void anUnknownTypeWithAHoleIsTold() {
    List<String> warnings = new ArrayList<>();
    assertThat(RamLayout.lowMemory("", 8192 * MIB, warnings)).isEqualTo(3072 * MIB);
    assertThat(warnings).singleElement().asString().contains("not in the stream");
    warnings.clear();
    assertThat(RamLayout.lowMemory("", 512 * MIB, warnings)).isEqualTo(512 * MIB);
    assertThat(warnings).isEmpty();
  }

  @Test
  void firmwareEndsBelow4Gib() {
    RamLayout layout =
        RamLayout.of(
            "pc-q35-8.2",
            List.of(
                new RamBlock("pc.ram", 3000 * MIB, null), new RamBlock("pc.bios", 0x40000, null)));
    assertThat(layout.placements())
        .containsExactly(
            new Placement("pc.ram", 0, 0x80000000L, 0),
            new Placement("pc.ram", 0x80000000L, 3000 * MIB - 0x80000000L, 0x100000000L),
            new Placement("pc.bios", 0, 0x40000, 0xfffc0000L));
  }

  @Test
  void armBeginsAtOneGib() {
    assertThat(
            RamLayout.of("virt-8.2", List.of(new RamBlock("mach-virt.ram", 512 * MIB, null)))
                .placements())
        .containsExactly(new Placement("mach-virt.ram", 0, 512 * MIB, 0x40000000));
  }

  @Test
  void aBackendOfAnyNameIsTheMemoryAndPluggedMemoryIsTold() {
    RamLayout layout =
        RamLayout.of(
            "pc-q35-8.2",
            List.of(
                new RamBlock("vga.vram", 1024 * MIB, null),
                new RamBlock("/objects/backend", 512 * MIB, null),
                new RamBlock("dimm", 256 * MIB, null)));
    assertThat(layout.placements())
        .containsExactly(new Placement("/objects/backend", 0, 512 * MIB, 0));
    assertThat(layout.warnings()).singleElement().asString().contains("dimm").contains("left out");
  }

  @ParameterizedTest
  @CsvSource({
    "sbsa-ref, sbsa-ref.ram, 64, 0x10000000000",
    "sbsa-ref, mem, 64, 0x10000000000",
    "virt-9.2, mem, 64, 0x40000000",
    "virt, mem, 64, 0x80000000",
    "spike, riscv.spike.ram, 64, 0x80000000",
    "raspi3b, ram, 64, 0",
    "pc-i440fx-8.2, ram, 64, 0"
  })
  void aBoardHasItsMemoryWhereItsHardwareHasIt(
      String machine, String block, long mib, String address) {
    RamLayout layout = RamLayout.of(machine, List.of(new RamBlock(block, mib * MIB, null)));
    assertThat(layout.placements())
        .containsExactly(new Placement(block, 0, mib * MIB, Long.decode(address)));
    assertThat(layout.warnings()).isEmpty();
  }

  @Test
  void aBoardMayHaveAHoleInItsMemory() {
    assertThat(
            RamLayout.of("xlnx-zcu102", List.of(new RamBlock("ddr-ram", 3072 * MIB, null)))
                .placements())
        .containsExactly(
            new Placement("ddr-ram", 0, 2048 * MIB, 0),
            new Placement("ddr-ram", 2048 * MIB, 1024 * MIB, 0x800000000L));
  }

  @Test
  void anUnknownBoardIsTold() {
    RamLayout layout = RamLayout.of("netduino", List.of(new RamBlock("x", 8 * MIB, null)));
    assertThat(layout.warnings()).singleElement().asString().contains("netduino", "not known");
  }

  @Test
  void whatTheSecureWorldAloneSeesIsLeftOutWithAWord() {
    RamLayout layout =
        RamLayout.of(
            "sbsa-ref",
            List.of(
                new RamBlock("sbsa-ref.secure-ram", 512 * MIB, null),
                new RamBlock("sbsa-ref.ram", 64 * MIB, null)));
    assertThat(layout.placements())
        .containsExactly(new Placement("sbsa-ref.ram", 0, 64 * MIB, 0x10000000000L));
    assertThat(layout.warnings())
        .singleElement()
        .asString()
        .contains("sbsa-ref.secure-ram", "secure world");
  }

  @Test
  void backendsWithNamesOfTheUsersAreOrderedByNumberOrElseByTheStream() {
    RamLayout numbered =
        RamLayout.of(
            "pc-q35-9.0",
            List.of(new RamBlock("node1", 32 * MIB, null), new RamBlock("node0", 16 * MIB, null)));
    assertThat(numbered.placements())
        .containsExactly(
            new Placement("node0", 0, 16 * MIB, 0), new Placement("node1", 0, 32 * MIB, 16 * MIB));
    assertThat(numbered.warnings()).singleElement().asString().contains("guess", "numbers");
    RamLayout named =
        RamLayout.of(
            "pc-q35-9.0",
            List.of(new RamBlock("left", 32 * MIB, null), new RamBlock("right", 32 * MIB, null)));
    assertThat(named.placements())
        .containsExactly(
            new Placement("left", 0, 32 * MIB, 0), new Placement("right", 0, 32 * MIB, 32 * MIB));
    assertThat(named.warnings()).singleElement().asString().contains("guess", "order");
    assertThat(
            RamLayout.of(
                    "pc-q35-9.0",
                    List.of(
                        new RamBlock("ram-node1", 32 * MIB, null),
                        new RamBlock("ram-node0", 16 * MIB, null)))
                .warnings())
        .as("QEMU's own names")
        .isEmpty();
  }

  @Test
  void whereTheStreamTellsThePlaceOfANodeNothingIsGuessed() {
    RamLayout layout =
        RamLayout.of(
            "pc-q35-9.0",
            List.of(
                new RamBlock("first", 32 * MIB, 16 * MIB, null),
                new RamBlock("second", 16 * MIB, 0, null)));
    assertThat(layout.placements())
        .containsExactly(
            new Placement("second", 0, 16 * MIB, 0), new Placement("first", 0, 32 * MIB, 16 * MIB));
    assertThat(layout.warnings()).isEmpty();
  }
}
