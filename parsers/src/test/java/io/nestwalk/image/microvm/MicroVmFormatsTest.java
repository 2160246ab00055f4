package io.nestwalk.image.microvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.Architecture;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
      assertThat(image.warnings()).singleElement().asString().contains("0xc0000000");
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
    return MemoryImages.open(
        folder.resolve("mem"),
        new OpenOptions(
            Optional.empty(),
            OptionalLong.empty(),
            Optional.of(folder.resolve("state")),
            OpenOptions.DEFAULT_MAX_UNPACKED_BYTES,
            Progress.NONE));
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
