package io.nestwalk.image.vmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.FileSink;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.TestMachine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of machines that VMware encrypts. */
class EncryptedMachineTest {

  private static final int PAGE = 4096;
  private static final int PAGES = 64;
  private static final String NAMED = "an encrypted VMware machine";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"vm.vmem", "vm.vmss", "vm-Snapshot1.vmsn", "renamed.bin"})
  void encryptedFilesAreNamedWithWhereTheirKeyIs(String name) throws Exception {
    container(name);
    assertThatThrownBy(() -> open(name))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("a file of " + NAMED)
        .hasMessageContaining("its key is in the machine's .vmx");
    configuration("vm.vmx", "encryption.keySafe");
    assertThatThrownBy(() -> open(name)).hasMessageContaining("its key is in vm.vmx, locked");
  }

  /** The configuration of that name, else another one; never one that is not encrypted. */
  @Test
  void theKeyIsInTheConfigurationOfTheSameName() throws Exception {
    container("vm-Snapshot1.vmem");
    configuration("a.vmx", "encryption.keySafe");
    assertThatThrownBy(() -> open("vm-Snapshot1.vmem")).hasMessageContaining("is in a.vmx,");
    configuration("vm.vmx", "uuid.bios");
    assertThatThrownBy(() -> open("vm-Snapshot1.vmem")).hasMessageContaining("is in a.vmx,");
    configuration("vm.vmx", "Encryption.Data");
    assertThatThrownBy(() -> open("vm-Snapshot1.vmem")).hasMessageContaining("is in vm.vmx,");
  }

  @Test
  void aConfigurationSaysWhetherItsMachineIsEncrypted() throws Exception {
    configuration("vm.vmx", "encryption.keySafe");
    assertThatThrownBy(() -> open("vm.vmx"))
        .hasMessageContaining("the configuration of " + NAMED)
        .hasMessageContaining(".vmem, .vmss, .vmsn");
    configuration("plain.vmx", "memsize");
    assertThatThrownBy(() -> open("plain.vmx"))
        .hasMessageContaining("the configuration of a VMware machine (.vmx), not memory");
    Files.writeString(folder.resolve("text"), "keys: encryption.keySafe, encryption.data\n");
    assertThatThrownBy(() -> open("text")).hasMessageContaining("a text file");
  }

  @Test
  void aFolderOfOneSaysSo() throws Exception {
    container("vm.vmem");
    configuration("vm.vmx", "encryption.keySafe");
    assertThatThrownBy(() -> MemoryImages.open(folder, OpenOptions.defaults()))
        .hasMessageContaining("without a memory image in it; vm.vmem is a file of " + NAMED);
  }

  /** Other versions may have another header: then the configuration beside it tells. */
  @Test
  void whatOnlyTheNameSpeaksForIsJudgedByTheConfiguration() throws Exception {
    noise("vm.vmem");
    noise("vm.vmss");
    try (MemoryImage image = open("vm.vmem")) {
      assertThat(image.warnings()).noneMatch(line -> line.contains("vm.vmx"));
      assertThat(image.warnings().getLast()).contains("look random");
    }
    configuration("vm.vmx", "encryption.data");
    try (MemoryImage image = open("vm.vmem")) {
      assertThat(image.warnings())
          .contains("vm.vmx beside it is of an encrypted machine: so this memory is encrypted");
      assertThat(image.warnings().getLast()).contains("look random");
    }
    assertThatThrownBy(() -> open("vm.vmss"))
        .hasMessageContaining("no VMware checkpoint that can be read")
        .hasMessageContaining("vm.vmx beside it is of an encrypted machine");
  }

  /** Memory that is plain is read, whatever stands beside it. */
  @Test
  void plainMemoryIsRead() throws Exception {
    configuration("vm.vmx", "encryption.keySafe");
    container("vm.vmss");
    try (TestMachine machine = TestMachine.small();
        FileSink out = new FileSink(folder.resolve("vm.vmem"))) {
      new CheckpointWriter(machine).memory(out);
    }
    try (MemoryImage image = open("vm.vmem")) {
      assertThat(image.warnings())
          .hasSize(2)
          .last()
          .isEqualTo("the checkpoint beside it (vm.vmss) is encrypted");
    }
    assertThatThrownBy(
            () ->
                MemoryImages.open(
                    folder.resolve("vm.vmem"),
                    OpenOptions.defaults().withMeta(folder.resolve("vm.vmss"))))
        .hasMessageContaining("vm.vmss: a file of " + NAMED);
  }

  /** A checkpoint that is plain does not make its memory so. */
  @Test
  void aPlainCheckpointDoesNotPlaceEncryptedMemory() throws Exception {
    container("vm.vmem");
    try (TestMachine machine = TestMachine.small();
        FileSink out = new FileSink(folder.resolve("vm.vmsn"))) {
      new CheckpointWriter(machine).write(out);
    }
    assertThatThrownBy(() -> open("vm.vmsn")).hasMessageContaining("vm.vmem: a file of " + NAMED);
  }

  @Test
  void theFirstWordAloneIsNoSign() throws Exception {
    byte[] bytes = new byte[PAGES * PAGE];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(0x8943dd9e);
    Files.write(folder.resolve("memory.raw"), bytes);
    try (MemoryImage image = open("memory.raw")) {
      assertThat(image.format()).isEqualTo("raw");
    }
  }

  private void container(String name) throws IOException {
    byte[] bytes = random();
    ByteBuffer header = ByteBuffer.wrap(bytes, 0, PAGE).order(ByteOrder.LITTLE_ENDIAN);
    header.put(new byte[PAGE]).position(0);
    header.putInt(0x8943dd9e).putInt(2).putInt(4064).putInt(16).putInt(16).putInt(0);
    header.putLong((PAGES - 1) * 4064L);
    Files.write(folder.resolve(name), bytes);
  }

  private void noise(String name) throws IOException {
    Files.write(folder.resolve(name), random());
  }

  private static byte[] random() {
    byte[] bytes = new byte[PAGES * PAGE];
    new Random(7).nextBytes(bytes);
    return bytes;
  }

  private void configuration(String name, String key) throws IOException {
    Files.writeString(
        folder.resolve(name),
        ".encoding = \"UTF-8\"\nconfig.version = \"8\"\n%s = \"a=b\"\n".formatted(key));
  }

  private MemoryImage open(String name) throws ImageException {
    return MemoryImages.open(folder.resolve(name), OpenOptions.defaults());
  }
}
