package io.nestwalk.image.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Architecture;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Registers;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Small files that QEMU 7.2 wrote. One is of a PC that waits in its firmware, in three forms; the
 * digest is that of the memory in the ELF core which QEMU wrote beside them, the registers are
 * those of its "info registers". The other is of a "virt" machine that has run five instructions,
 * with known values for the roots of its page tables.
 */
class RealSnapshotsTest {

  private static final String MEMORY =
      "037cab332098aa74d485c4721c69e4ba5653c4ef8e8aea2cd059cb531ec925a1";

  @ParameterizedTest
  @CsvSource({
    "pc-firmware.qevm.zst, qemu, true",
    "pc-firmware.qcow2.zst, qcow2, true",
    "pc-firmware.flat.zst, kdump, false"
  })
  void aPcInItsFirmware(String name, String format, boolean hasEfer) throws Exception {
    try (MemoryImage image = open(name)) {
      assertThat(image.format()).isEqualTo(format);
      assertThat(image.warnings()).isEmpty();
      assertThat(image.architecture()).contains(Architecture.X86);
      assertThat(image.memory().ranges())
          .containsExactly(new AddressRange(0, 0x400000), new AddressRange(0xfffc0000L, 0x40000));
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (AddressRange range : image.memory().ranges()) {
        digest.update(image.memory().readBytes(range.start(), (int) range.length()));
      }
      assertThat(HexFormat.of().formatHex(digest.digest())).isEqualTo(MEMORY);
      assertThat(image.cpus()).hasSize(2);
      Registers first = image.cpus().get(0).registers();
      assertThat(first.get("rip")).hasValue(0xb7b9);
      assertThat(first.get("rflags")).hasValue(0x246);
      assertThat(first.get("cs")).hasValue(0xf000);
      assertThat(first.get("cr0")).hasValue(0x10);
      assertThat(first.get("idt_limit")).hasValue(0x3ff);
      Registers second = image.cpus().get(1).registers();
      assertThat(second.get("rip")).hasValue(0xfd09a);
      assertThat(second.get("cr0")).hasValue(0x11);
      assertThat(second.get("gdt_base")).hasValue(0xf6180);
      assertThat(second.get("cs_flags")).hasValue(0xcf9b00);
      assertThat(second.get("efer").isPresent()).isEqualTo(hasEfer);
    }
  }

  @Test
  void anArmMachineWithItsSystemRegisters() throws Exception {
    try (MemoryImage image = open("virt-aarch64.qevm.zst")) {
      assertThat(image.warnings()).isEmpty();
      assertThat(image.architecture()).contains(Architecture.AARCH64);
      assertThat(image.memory().ranges()).containsExactly(new AddressRange(0x40000000, 0x4000000));
      assertThat(image.memory().getInt(0x40200000, 0)).isEqualTo(0xd2a82000);
      Registers registers = image.cpus().getFirst().registers();
      assertThat(registers.get("pc")).hasValue(0x40200014);
      assertThat(registers.get("x0")).hasValue(0x51);
      assertThat(registers.get("pstate")).isPresent();
      assertThat(registers.get("ttbr0_el1")).hasValue(0x41000000);
      assertThat(registers.get("vttbr_el2")).hasValue(0x41000000);
      assertThat(registers.get("tcr_el1")).hasValue(0x41000000);
      assertThat(registers.get("ttbr1_el1")).hasValue(0);
    }
  }

  private static MemoryImage open(String name) throws Exception {
    return MemoryImages.open(
        Path.of(RealSnapshotsTest.class.getResource(name).toURI()), OpenOptions.defaults());
  }
}
