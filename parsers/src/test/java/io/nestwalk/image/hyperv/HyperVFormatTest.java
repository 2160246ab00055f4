package io.nestwalk.image.hyperv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Architecture;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import io.nestwalk.image.RealImages;
import io.nestwalk.image.Registers;
import io.nestwalk.image.TestMachine;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HyperVFormatTest {

  private final HyperVFormat format = new HyperVFormat();

  @Test
  void aRealConfigurationIsDescribed() throws Exception {
    assertThat(probe(real("hyperv-test.vmcx")).reason())
        .isEqualTo(
            "a Hyper-V state or configuration file (of the VM \"Other Location\", version 9.0,"
                + " 1024 MiB) without RAM in it");
  }

  @Test
  void aRealStateOfAStoppedMachineHasNoRam() throws Exception {
    assertThat(probe(real("hyperv-test.VMRS")).reason())
        .isEqualTo("a Hyper-V state or configuration file (version 9.0) without RAM in it");
  }

  /** A store made by hand: a root, a node, two blocks that name nothing. */
  @Test
  void blocksThatNameNoBytesAreNoMemory() {
    assertThat(probe(storeWithRam()).confidence()).isEqualTo(Probe.Confidence.CERTAIN);
    assertThatThrownBy(() -> format.open(file(storeWithRam()), OpenOptions.defaults()))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("no page of memory can be read");
  }

  @Test
  void theRegistersOfAHigherTrustLevelStandBesideTheOthers() throws Exception {
    try (TestMachine machine = TestMachine.small();
        MemoryImage image = open(new VmrsWriter(machine).toBytes())) {
      Registers registers = image.cpus().get(1).registers();
      assertThat(registers.get("cr3")).hasValue(machine.register(1, "cr3"));
      assertThat(registers.get("vtl1_cr3")).hasValue(0x2ad001);
      assertThat(registers.get("vtl1_efer")).hasValue(0xd01);
      assertThat(registers.get("cs_flags")).hasValue(0x209b);
      assertThat(image.hints().get("guestOsId")).hasValue(0x8100_0600_0000_0000L);
      assertThat(image.creator()).contains("Hyper-V");
      assertThat(image.warnings()).isEmpty();
    }
  }

  @Test
  void theRegistersOfArm() throws Exception {
    try (TestMachine machine = TestMachine.tiny();
        MemoryImage image = open(new VmrsWriter(machine).arm().toBytes())) {
      assertThat(image.architecture()).contains(Architecture.AARCH64);
      Registers registers = image.cpus().getFirst().registers();
      assertThat(registers.get("x30")).hasValue(0x101e);
      assertThat(registers.get("pc")).hasValue(0x101f);
      assertThat(registers.get("elr_el1")).hasValue(0x1025);
      assertThat(registers.get("sctlr_el1")).hasValue(0x2002);
      assertThat(registers.get("tcr_el1")).hasValue(0x2004);
      assertThat(registers.get("ttbr1_el1")).hasValue(0x42000);
    }
  }

  @Test
  void plainBlocksAreReadInPlace() throws Exception {
    try (TestMachine machine = TestMachine.small();
        MemoryImage image = open(new VmrsWriter(machine).plain().toBytes())) {
      assertThat(image.memory().ranges()).isEqualTo(machine.memory().ranges());
      long place = image.memory().locate(0x1_0000_1000L);
      assertThat(image.file().longAt(place)).isEqualTo(machine.memory().getLong(0x1_0000_1000L, 0));
    }
  }

  @Test
  void aMissingBlockAndAMissingMapAreTold() throws Exception {
    try (TestMachine machine = TestMachine.real("linux-la57.elf.zst");
        MemoryImage image = open(new VmrsWriter(machine).without(3).toBytes())) {
      assertThat(image.memory().isPresent(0x2fffff)).isTrue();
      assertThat(image.memory().isPresent(0x300000)).isFalse();
      assertThat(image.memory().isPresent(0x3fffff)).isFalse();
      assertThat(image.memory().isPresent(0x400000)).isTrue();
      assertThat(image.warnings()).singleElement().asString().contains("1 MiB", "missing");
    }
    try (TestMachine machine = TestMachine.tiny();
        MemoryImage image = open(new VmrsWriter(machine).withoutMap().toBytes())) {
      assertThat(image.memory().ranges()).containsExactly(new AddressRange(0, 1 << 20));
      assertThat(image.warnings()).singleElement().asString().contains("no RamMemoryBlock0");
    }
  }

  @Test
  void aBlockThatIsCutGivesItsFirstPages() throws Exception {
    try (TestMachine machine = TestMachine.tiny()) {
      byte[] whole = new VmrsWriter(machine).toBytes();
      try (MemoryImage image = open(Arrays.copyOf(whole, whole.length - 12))) {
        assertThat(image.memory().getLong(0, 0)).isEqualTo(machine.memory().getLong(0, 1));
        assertThat(image.warnings())
            .anyMatch(line -> line.startsWith("1 RAM block is damaged or cut"));
      }
    }
  }

  @Test
  void hostileStoresAreStillNamed() {
    byte[] store = storeWithRam();
    for (int length = 4; length < store.length; length += 61) {
      assertThat(probe(Arrays.copyOf(store, length)).reason()).contains("Hyper-V");
    }
    Random random = new Random(1);
    for (int round = 0; round < 20_000; round++) {
      byte[] changed = store.clone();
      int at = 0x2000 + random.nextInt(changed.length - 0x2000);
      changed[at] = (byte) random.nextInt();
      if (round % 2 == 0) {
        Arrays.fill(changed, at, Math.min(changed.length, at + 4), (byte) 0xff);
      }
      assertThat(probe(changed).reason()).contains("Hyper-V");
    }
  }

  @Test
  void otherFilesAreNot() {
    assertThat(probe(new byte[8192]).confidence()).isEqualTo(Probe.Confidence.NO);
  }

  static byte[] storeWithRam() {
    ByteBuffer out = ByteBuffer.allocate(0x2200).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(0, 0x01282014);
    out.position(0x2000).putInt(0x01110001).putInt(1);
    out.put((byte) 2).putInt(0).putLong(0x2080).putInt(0x180).put((byte) 1);
    out.position(0x2080).putShort((short) 2).putShort((short) 1).putShort((short) 1).putInt(0);
    int node = key(out, "savedstate", 9, 0);
    key(out, "RamBlock0", 7, node);
    key(out, "RamMemoryBlock1", 7, node);
    key(out, "RamBlockSize", 3, node);
    return out.array();
  }

  /** Writes a key and answers with its offset in the table. */
  private static int key(ByteBuffer out, String name, int type, int parent) {
    int start = out.position();
    out.putShort((short) type).putInt(21 + name.length() + 1 + 8);
    out.putShort((short) (parent == 0 ? 0 : 1)).putInt(parent).putInt(0).putInt(0);
    out.put((byte) (name.length() + 1)).put(name.getBytes(StandardCharsets.US_ASCII)).put((byte) 0);
    out.putLong(0);
    return start - 0x2080;
  }

  private MemoryImage open(byte[] bytes) throws ImageException {
    return format.open(file(bytes), OpenOptions.defaults());
  }

  private Probe probe(byte[] bytes) {
    return format.probe(file(bytes));
  }

  private static ImageFile file(byte[] bytes) {
    return ImageFile.over(MemorySegment.ofArray(bytes), Path.of("test"), "test", "");
  }

  private static byte[] real(String name) throws Exception {
    return Files.readAllBytes(RealImages.get("real/" + name));
  }
}
