package io.nestwalk.image.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import io.nestwalk.image.Registers;
import io.nestwalk.image.TestMachine;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MigrationStreamTest {

  private static final Set<String> SOME = Set.of("cr0", "cr3", "cr4", "rip", "efer", "cs");

  @Test
  void theNestedRootIsAmongTheRegisters() throws Exception {
    try (TestMachine machine = TestMachine.small();
        MemoryImage image = open(new MigrationStreamWriter(machine).toBytes())) {
      Registers second = image.cpus().get(1).registers();
      assertThat(second.get("vm_hsave")).hasValue(0xb88c001);
      assertThat(second.get("vm_vmcb")).hasValue(0xb8ab001);
      assertThat(second.get("nested_cr3")).hasValue(0xba06001);
      assertThat(second.get("hflags")).hasValue(0x200001);
      assertThat(image.creator()).contains("QEMU, machine pc-i440fx-8.2");
    }
  }

  @Test
  void theEptPointerComesFromTheVmcsThatKvmKeeps() throws Exception {
    ByteBuffer page = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
    page.putInt(0, 0x11e57ed0).putLong(120, 0x6ab305e).putInt(804, 2);
    try (TestMachine machine = TestMachine.small()) {
      byte[] stream = new MigrationStreamWriter(machine).vmcs12(bytes(page)).toBytes();
      try (MemoryImage image = open(stream)) {
        assertThat(image.warnings()).isEmpty();
        Registers registers = image.cpus().getFirst().registers();
        assertThat(registers.get("vmxon")).hasValue(0x7001000);
        assertThat(registers.get("vmcs12")).hasValue(0x7002000);
        assertThat(registers.get("nested_eptp")).hasValue(0x6ab305e);
      }
      page.putInt(804, 0);
      stream = new MigrationStreamWriter(machine).vmcs12(bytes(page)).toBytes();
      try (MemoryImage image = open(stream)) {
        assertThat(image.cpus().getFirst().registers().get("nested_eptp"))
            .as("a VMCS that does not use EPT")
            .isEmpty();
      }
    }
  }

  @Test
  void withoutADescriptionTheCpusAreFoundBySearch() throws Exception {
    try (TestMachine machine = TestMachine.small();
        MemoryImage image =
            open(new MigrationStreamWriter(machine).withoutDescription().toBytes())) {
      machine.assertShownBy(image, SOME);
      assertThat(image.cpus().get(1).registers().get("vm_vmcb")).hasValue(0xb8ab001);
      assertThat(image.warnings()).anyMatch(line -> line.contains("found by search"));
    }
  }

  /** A machine of 3.5 GiB has 3 of them below 4 GiB by its type; its clock may tell otherwise. */
  @Test
  void theClockTellsWhereMemoryGoesOn() throws Exception {
    long low = 0x8000_0000L;
    try (TestMachine machine = TestMachine.small()) {
      byte[] usual = new MigrationStreamWriter(machine).cmos(0xc000_0000L, 0x2000_0000L).toBytes();
      try (MemoryImage image = open(usual)) {
        machine.assertShownBy(image, SOME);
        assertThat(image.warnings()).isEmpty();
      }
      byte[] moved = new MigrationStreamWriter(machine).cmos(low, 0x6000_0000L).toBytes();
      try (MemoryImage image = open(moved)) {
        assertThat(image.memory().ranges().getLast())
            .isEqualTo(new AddressRange(0x1_0000_0000L + 0xc000_0000L - low, 3 * 4096));
        assertThat(image.memory().readBytes(0x1_4000_0000L, 4096))
            .isEqualTo(machine.memory().readBytes(0x1_0000_0000L, 4096));
        assertThat(image.cpus()).hasSize(2);
        assertThat(image.warnings()).isEmpty();
      }
      byte[] other = new MigrationStreamWriter(machine).cmos(low, 0x2000_0000L).toBytes();
      try (MemoryImage image = open(other)) {
        machine.assertShownBy(image, SOME);
        assertThat(image.warnings()).singleElement().asString().contains("firmware knows of");
      }
    }
  }

  @Test
  void aStreamOnAVolumeThatIsLargerIsRead() throws Exception {
    try (TestMachine machine = TestMachine.small()) {
      byte[] stream = new MigrationStreamWriter(machine).toBytes();
      try (MemoryImage image = open(Arrays.copyOf(stream, stream.length + 300_000))) {
        machine.assertShownBy(image, SOME);
        assertThat(image.warnings()).isEmpty();
      }
    }
  }

  @Test
  void devicesBeforeTheMemoryArePassedOver() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream section = new DataOutputStream(bytes);
    MigrationStreamWriter.sectionHead(section, 4, 77, "not-described", 0, 1);
    section.write(new byte[1000]);
    try (TestMachine machine = TestMachine.small();
        MemoryImage image =
            open(new MigrationStreamWriter(machine).before(bytes.toByteArray()).toBytes())) {
      machine.assertShownBy(image, SOME);
    }
  }

  @Test
  void aCutStreamGivesWhatWasReadBefore() throws Exception {
    try (TestMachine machine = TestMachine.small()) {
      byte[] stream = new MigrationStreamWriter(machine).unrepeated().toBytes();
      try (MemoryImage image = open(Arrays.copyOf(stream, 4 * 4096))) {
        assertThat(image.memory().readBytes(0, 4096))
            .isEqualTo(machine.memory().readBytes(0, 4096));
        assertThat(image.memory().presentBytes()).isLessThan(machine.memory().presentBytes());
        assertThat(image.warnings()).anyMatch(line -> line.contains("damaged or cut"));
      }
    }
  }

  @Test
  void deltaCodedPagesAreRefusedOnlyWhenTheyAreMet() throws Exception {
    assertThatThrownBy(() -> open(ram(0x40 | 0x20, new byte[10])))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("XBZRLE")
        .hasMessageContaining("at 0x");
  }

  @Test
  void unknownFlagsEndTheReadingAndNameThePlace() throws Exception {
    try (MemoryImage image = open(ram(0x01, new byte[10]))) {
      assertThat(image.memory().ranges()).containsExactly(new AddressRange(0, 4096));
      assertThat(image.warnings()).anyMatch(line -> line.contains("RAM flags 0x1 are not known"));
    }
  }

  @Test
  void aListOfBlocksThatNeverAddsUpIsRefused() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeBytes("QEVM");
    out.writeInt(3);
    MigrationStreamWriter.sectionHead(out, 1, 2, "ram", 0, 4);
    out.writeLong(0x7fff_ffff_ffff_f000L | 0x04);
    for (int i = 0; i < 100_000; i++) {
      out.writeByte(4);
      out.writeBytes("%04x".formatted(i & 0xffff));
      out.writeLong(0);
    }
    assertThatThrownBy(() -> open(bytes.toByteArray()))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("too many");
  }

  @Test
  void deepAndEndlessDescriptionsAreNoDescriptions() throws Exception {
    String deep = "{\"a\": " + "[".repeat(100_000) + "1" + "]".repeat(100_000) + "}";
    String many =
        "{\"devices\": [{\"name\": \"timer\", \"instance_id\": 0, \"fields\": ["
            + "{\"name\": \"x\", \"type\": \"struct\", \"size\": 0, \"array_len\": 2147483647,"
            + " \"struct\": {\"fields\": [{\"name\": \"y\", \"size\": 0}]}}]},"
            + "{\"name\": \"cpu\", \"instance_id\": 0, \"fields\": ["
            + "{\"name\": \"env.cr[3]\", \"type\": \"struct\", \"size\": 0,"
            + " \"array_len\": 9223372036854775807,"
            + " \"struct\": {\"fields\": [{\"name\": \"y\", \"size\": 0}]}}]}]}";
    try (TestMachine machine = TestMachine.small()) {
      for (String text : new String[] {deep, many, "{\"devices\": 7}", "{\"a\""}) {
        byte[] stream = new MigrationStreamWriter(machine).description(text).toBytes();
        try (MemoryImage image = open(stream)) {
          assertThat(image.memory().ranges()).isEqualTo(machine.memory().ranges());
          assertThat(image.warnings()).isNotEmpty();
        }
      }
    }
  }

  @Test
  void numaNodesFollowOneAnother() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeBytes("QEVM");
    out.writeInt(3);
    MigrationStreamWriter.sectionHead(out, 1, 2, "ram", 0, 4);
    out.writeLong(0x300000 + 0x04);
    for (String node : new String[] {"ram-node10", "ram-node2", "vga.vram"}) {
      out.writeByte(node.length());
      out.writeBytes(node);
      out.writeLong(0x100000);
    }
    for (String node : new String[] {"ram-node10", "ram-node2"}) {
      out.writeLong(0x1000 | 0x02);
      out.writeByte(node.length());
      out.writeBytes(node);
      out.writeByte(node.length());
    }
    out.writeLong(0x10);
    out.writeByte(0);
    try (MemoryImage image = open(bytes.toByteArray())) {
      assertThat(image.memory().ranges())
          .containsExactly(new AddressRange(0x1000, 4096), new AddressRange(0x101000, 4096));
      assertThat(image.memory().getByte(0x1000)).as("node 2 is first").isEqualTo(9);
      assertThat(image.memory().getByte(0x101000)).isEqualTo(10);
      assertThat(image.memory().locate(0x1000)).isEqualTo(-1);
    }
  }

  @Test
  void pagesWithPlacesOfTheirOwnAreReadByTheBitmap() throws Exception {
    byte[] stream = new MappedRamWriter(5 * 4096).page(1, (byte) 7).page(4, (byte) 9).toBytes();
    try (MemoryImage image = open(stream)) {
      assertThat(image.memory().ranges()).containsExactly(new AddressRange(0, 0x1000_0000));
      assertThat(image.memory().getByte(0x1000)).isEqualTo(7);
      assertThat(image.memory().getByte(0x4fff)).isEqualTo(9);
      assertThat(image.memory().getByte(0x2000)).as("left out: zeros").isZero();
      assertThat(image.memory().locate(0x1008)).isEqualTo(MappedRamWriter.PAGES + 0x1008);
      assertThat(image.memory().locate(0x2000)).isEqualTo(-1);
      assertThat(image.warnings()).anyMatch(line -> line.contains("the file is cut"));
    }
  }

  @Test
  void version2IsNamed() throws IOException {
    byte[] stream = new MigrationStreamWriter(TestMachine.small()).toBytes();
    stream[7] = 2;
    Probe probe = new QemuFormat().probe(file(stream));
    assertThat(probe.confidence()).isEqualTo(Probe.Confidence.REFUSED);
    assertThat(probe.reason()).contains("version 2");
    assertThatThrownBy(() -> open(stream)).hasMessageContaining("version 2");
    assertThat(new QemuFormat().probe(file("QEV".getBytes(StandardCharsets.US_ASCII))).isReadable())
        .isFalse();
  }

  /** A stream with one filled page and then this. */
  private static byte[] ram(int flags, byte[] behind) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeBytes("QEVM");
    out.writeInt(3);
    MigrationStreamWriter.sectionHead(out, 1, 2, "ram", 0, 4);
    out.writeLong(0x1000_0000 | 0x04);
    out.writeByte(6);
    out.writeBytes("pc.ram");
    out.writeLong(0x1000_0000);
    out.writeLong(0x02);
    out.writeByte(6);
    out.writeBytes("pc.ram");
    out.writeByte(0);
    out.writeLong(0x1000 | flags);
    out.write(behind);
    return bytes.toByteArray();
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] copy = new byte[buffer.capacity()];
    buffer.get(0, copy);
    return copy;
  }

  private static MemoryImage open(byte[] stream) throws ImageException {
    return new QemuFormat().open(file(stream), OpenOptions.defaults());
  }

  private static ImageFile file(byte[] bytes) {
    return ImageFile.over(MemorySegment.ofArray(bytes), Path.of("test"), "test", "");
  }
}
