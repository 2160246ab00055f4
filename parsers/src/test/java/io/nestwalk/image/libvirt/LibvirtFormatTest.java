package io.nestwalk.image.libvirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import io.nestwalk.image.TestMachine;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibvirtFormatTest {

  private final TestMachine machine = TestMachine.small();

  @TempDir private Path folder;

  @Test
  void theXmlNamesTheMachineOfAStreamThatDoesNot() throws Exception {
    byte[] header = LibvirtSaveWriter.header(0, ByteOrder.LITTLE_ENDIAN);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.write(header);
    out.writeBytes("QEVM");
    out.writeInt(3);
    out.writeByte(1);
    out.writeInt(2);
    out.writeByte(3);
    out.writeBytes("ram");
    out.writeInt(0);
    out.writeInt(4);
    out.writeLong(0xbb800000L | 4);
    out.writeByte(6);
    out.writeBytes("pc.ram");
    out.writeLong(0xbb800000L);
    out.writeLong(0x8000_0000L | 2);
    out.writeByte(6);
    out.writeBytes("pc.ram");
    out.writeByte(7);
    out.writeLong(0x10);
    out.writeByte(0);
    try (MemoryImage image = open(bytes.toByteArray())) {
      assertThat(image.creator()).contains("QEMU, machine pc-q35-6.2");
      assertThat(image.memory().getByte(0x1_0000_0000L)).as("q35 splits at 2 GiB").isEqualTo(7);
    }
  }

  @Test
  void theOtherByteOrderIsTaken() throws Exception {
    byte[] save = save();
    byte[] header = LibvirtSaveWriter.header(0, ByteOrder.BIG_ENDIAN);
    System.arraycopy(header, 0, save, 0, header.length);
    try (MemoryImage image = open(save)) {
      machine.assertShownBy(image, Set.of("cr3"));
    }
  }

  @Test
  void anUnfinishedFileIsReadWithAWarning() throws Exception {
    byte[] save = save();
    System.arraycopy("Part".getBytes(StandardCharsets.US_ASCII), 0, save, 12, 4);
    try (MemoryImage image = open(save)) {
      machine.assertShownBy(image, Set.of("cr3"));
      assertThat(image.warnings()).singleElement().asString().contains("did not finish");
    }
  }

  @Test
  void whatIsNotReadIsNamed() throws Exception {
    byte[] save = save();
    ByteBuffer fields = ByteBuffer.wrap(save).order(ByteOrder.LITTLE_ENDIAN);
    fields.putInt(28, 7);
    assertThat(new LibvirtFormat().probe(file(save)).reason()).contains("unknown packing 7");
    fields.putInt(28, 3);
    assertThat(new LibvirtFormat().probe(file(save)).confidence())
        .isEqualTo(Probe.Confidence.REFUSED);
    fields.putInt(28, 0).putInt(20, -1);
    assertThatThrownBy(() -> open(save)).hasMessageContaining("ends before its stream");
    fields.putInt(20, 0);
    assertThatThrownBy(() -> open(save))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("QEVM");
    fields.putInt(16, 0);
    assertThatThrownBy(() -> open(save)).hasMessageContaining("version 0");
  }

  @Test
  void packedStreamsAreSurvivedWhereverTheyAreCutOrDamaged() throws Exception {
    for (int packing = SaveHeader.GZIP; packing <= SaveHeader.ZSTD; packing++) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      new LibvirtSaveWriter(machine, packing).write(bytes);
      byte[] sound = bytes.toByteArray();
      for (int i = 0; i < 12; i++) {
        byte[] cut = Arrays.copyOf(sound, 17 + (sound.length - 17) * i / 12);
        survives("cut-%d-%d".formatted(packing, i), cut);
        byte[] damaged = sound.clone();
        int at = 1024 + (sound.length - 1024) * i / 12;
        Arrays.fill(damaged, at, Math.min(at + 20, sound.length), (byte) (31 * i));
        survives("damaged-%d-%d".formatted(packing, i), damaged);
      }
      ByteBuffer.wrap(sound).order(ByteOrder.LITTLE_ENDIAN).putInt(20, -1);
      survives("long-%d".formatted(packing), sound);
    }
  }

  private void survives(String name, byte[] bytes) throws IOException {
    Path path = Files.write(folder.resolve(name), bytes);
    try (MemoryImage image = MemoryImages.open(path, OpenOptions.defaults())) {
      image.memory().readBytes(0, 0x2000);
    } catch (ImageException e) {
      assertThat(e).hasMessageStartingWith(path.toString());
    } finally {
      Files.delete(path);
    }
  }

  private byte[] save() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new LibvirtSaveWriter(machine, 0).write(bytes);
    return bytes.toByteArray();
  }

  private static MemoryImage open(byte[] bytes) throws ImageException {
    return new LibvirtFormat().open(file(bytes), OpenOptions.defaults());
  }

  private static ImageFile file(byte[] bytes) {
    return ImageFile.over(MemorySegment.ofArray(bytes), Path.of("test"), "test", "");
  }
}
