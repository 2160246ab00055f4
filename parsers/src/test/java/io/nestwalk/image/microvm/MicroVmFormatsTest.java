package io.nestwalk.image.microvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Architecture;
import io.nestwalk.image.Cpu;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.TestMachine;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MicroVmFormatsTest {

  private static final long FOUR_GIB = 4L << 30;

  @TempDir private Path folder;

  @Test
  void aSnapshotOfCloudHypervisorIsAFolder() throws Exception {
    sparse("memory-ranges", FOUR_GIB);
    Files.writeString(folder.resolve("state.json"), "{\"id\":\"vm\"}");
    Files.writeString(folder.resolve("config.json"), "{\"cpus\":{}}");
    try (MemoryImage image = MemoryImages.open(folder, OpenOptions.defaults())) {
      assertThat(image.format()).isEqualTo("cloud-hypervisor");
      assertThat(image.memory().ranges())
          .containsExactly(
              new AddressRange(0, 0xc0000000L), new AddressRange(FOUR_GIB, 0x40000000L));
      assertThat(image.cpus()).isEmpty();
      assertThat(image.warnings()).singleElement().asString().contains("0xc0000000");
    }
  }

  @Test
  void aStateOfWhichTheRangesDoNotFitIsSaidToTellNothing() throws Exception {
    try (TestMachine machine = TestMachine.small()) {
      String state =
          CloudHypervisorWriter.state(
              machine, List.of(CloudHypervisorWriter.ofMembers(machine, 0), "{\"regs\":[1,2]}"));
      Path named = Files.writeString(folder.resolve("other.json"), state);
      sparse("mem", FOUR_GIB);
      try (MemoryImage image = open(named)) {
        assertThat(image.format()).isEqualTo("cloud-hypervisor");
        assertThat(image.memory().ranges()).hasSize(2);
        assertThat(image.cpus()).hasSize(1);
        assertThat(image.warnings())
            .hasSize(2)
            .anyMatch(line -> line.contains("0xc0000000"))
            .anyMatch(line -> line.contains("no memory ranges that add up"));
      }
    }
  }

  /** What hostile or unknown states must cost: a line, never the memory. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"snapshots\":{}}",
        "{\"snapshots\":{\"cpu-manager\":{\"snapshots\":{\"0\":null,\"x1\":[],\"99999\":{}}}}}",
        "{\"snapshots\":{\"memory-manager\":{\"snapshot_data\":{\"state\":\"{\"}}}}",
        "{\"snapshots\":{\"memory-manager\":{\"snapshot_data\":{\"state\":[123,34]}}}}",
        "{\"snapshots\":{\"memory-manager\":{\"snapshot_data\":{\"state\":"
            + "\"{\\\"memory_ranges\\\":{\\\"data\\\":[{\\\"gpa\\\":9223372036854775807,"
            + "\\\"length\\\":4294967296}]}}\"}}}}"
      })
  void aStateThatTellsNothingCostsALine(String state) throws Exception {
    sparse("memory-ranges", FOUR_GIB);
    Files.writeString(folder.resolve("state.json"), state);
    try (MemoryImage image =
        MemoryImages.open(folder.resolve("memory-ranges"), OpenOptions.defaults())) {
      assertThat(image.memory().presentBytes()).isEqualTo(FOUR_GIB);
      assertThat(image.cpus()).isEmpty();
      assertThat(image.warnings()).anyMatch(line -> line.startsWith("no registers"));
    }
  }

  @Test
  void firecrackersStateIsFoundByItsContentAndHasRegisters() throws Exception {
    try (TestMachine machine = TestMachine.small()) {
      sparse("mem", 64 << 20);
      byte[] decoy =
          new FirecrackerStateWriter(FirecrackerStateWriter.X86_64, "5.0.0", 65).toBytes();
      Files.write(folder.resolve("decoy"), decoy);
      Files.write(
          folder.resolve("vm.snap"),
          new FirecrackerStateWriter(FirecrackerStateWriter.X86_64, "5.0.0", 64)
              .structure(new byte[144]) // by itself no CPU
              .cpu(machine, 0)
              .cpu(machine, 1)
              .toBytes());
      try (MemoryImage image = MemoryImages.open(folder.resolve("mem"), OpenOptions.defaults())) {
        assertThat(image.format()).isEqualTo("firecracker");
        assertThat(image.warnings()).singleElement().asString().contains("has no map");
        assertThat(image.cpus()).hasSize(2);
        for (Cpu cpu : image.cpus()) {
          assertThat(cpu.architecture()).isEqualTo(Architecture.X86_64);
          for (String name : List.of("rip", "rsp", "cr0", "cr3", "cr4", "efer", "gdt_base", "cs")) {
            assertThat(cpu.registers().get(name))
                .as(name)
                .hasValue(machine.register(cpu.id(), name));
          }
        }
      }
      // Cut within the second CPU: the first one comes.
      byte[] whole = Files.readAllBytes(folder.resolve("vm.snap"));
      Files.write(folder.resolve("vm.snap"), Arrays.copyOf(whole, whole.length - 4500));
      try (MemoryImage image = MemoryImages.open(folder.resolve("mem"), OpenOptions.defaults())) {
        assertThat(image.cpus()).hasSize(1);
      }
      Files.delete(folder.resolve("vm.snap"));
      try (MemoryImage image = MemoryImages.open(folder.resolve("mem"), OpenOptions.defaults())) {
        assertThat(image.format()).isEqualTo("raw");
      }
      try (MemoryImage image = open(folder.resolve("decoy"))) {
        assertThat(image.cpus()).isEmpty();
        assertThat(image.warnings())
            .anyMatch(line -> line.contains("(version 5.0.0) is not known"))
            .anyMatch(line -> line.contains("describes 68157440 bytes of memory"));
      }
    }
  }

  @Test
  void firecrackersStateMakesAFileItsMemory() throws Exception {
    sparse("mem", FOUR_GIB);
    state(0x0710198486640000L);
    try (MemoryImage image = open()) {
      assertThat(image.format()).isEqualTo("firecracker");
      assertThat(image.architecture()).contains(Architecture.X86_64);
      assertThat(image.memory().ranges())
          .containsExactly(
              new AddressRange(0, 0xd0000000L), new AddressRange(FOUR_GIB, 0x30000000L));
    }
  }

  @Test
  void machinesOfArmBeginAt2GiB() throws Exception {
    sparse("mem", FOUR_GIB);
    state(0x07101984aaaa0000L);
    try (MemoryImage image = open()) {
      assertThat(image.architecture()).contains(Architecture.AARCH64);
      assertThat(image.memory().ranges()).containsExactly(new AddressRange(0x80000000L, FOUR_GIB));
    }
  }

  @Test
  void theStateAloneIsRefused() throws Exception {
    state(0x0710198486640000L);
    assertThatThrownBy(() -> MemoryImages.open(folder.resolve("state"), OpenOptions.defaults()))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("Firecracker state file");
  }

  private MemoryImage open() throws ImageException {
    return open(folder.resolve("state"));
  }

  private MemoryImage open(Path meta) throws ImageException {
    return MemoryImages.open(folder.resolve("mem"), OpenOptions.defaults().withMeta(meta));
  }

  private void state(long magic) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putLong(magic);
    Files.write(folder.resolve("state"), bytes.array());
  }

  private void sparse(String name, long length) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(folder.resolve(name).toFile(), "rw")) {
      file.setLength(length);
    }
  }
}
