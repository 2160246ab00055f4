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
}
