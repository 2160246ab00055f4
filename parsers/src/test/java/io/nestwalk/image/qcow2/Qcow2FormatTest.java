package io.nestwalk.image.qcow2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import io.nestwalk.image.TestMachine;
import io.nestwalk.image.qemu.MigrationStreamWriter;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Qcow2FormatTest {

  private final TestMachine machine = TestMachine.small();

  @Test
  void aDiskIsNoMemory() throws Exception {
    byte[] disk = new Qcow2Writer(1 << 20).toBytes();
    assertThat(probe(disk).confidence()).isEqualTo(Probe.Confidence.REFUSED);
    assertThat(probe(disk).reason()).contains("without a snapshot, not memory");
    byte[] snapshot = new Qcow2Writer(1 << 20).snapshot("disk", 1, new byte[0]).toBytes();
    assertThat(probe(snapshot).confidence()).isEqualTo(Probe.Confidence.REFUSED);
    assertThat(probe(snapshot).reason()).contains("of the disk alone, without memory");
    assertThatThrownBy(() -> open(snapshot))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("without memory");
  }

  @ParameterizedTest
  @CsvSource({
    "7, 4, version 4",
    "23, 30, clusters of 2^30",
    "35, 2, encrypted",
    "79, 16, extended L2",
    "79, 4, in another file"
  })
  void whatIsNotReadIsNamed(int offset, int value, String reason) throws Exception {
    byte[] image = image();
    image[offset] = (byte) value;
    assertThat(probe(image).confidence()).isEqualTo(Probe.Confidence.REFUSED);
    assertThat(probe(image).reason()).contains(reason);
    assertThatThrownBy(() -> open(image)).hasMessageContaining(reason);
  }

  @Test
  void aHeadAloneIsRecognised() throws Exception {
    byte[] head = Arrays.copyOf(image(), 4096);
    assertThat(probe(head).isReadable()).isTrue();
    assertThatThrownBy(() -> open(head))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("of 1 snapshots 0 can be read");
  }

  @Test
  void aCutImageGivesWhatIsThere() throws Exception {
    // The state is stored backwards, so its beginning is the last to go.
    byte[] image = image();
    byte[] cut = image.clone();
    Arrays.fill(cut, 8192, 8192 + 4096, (byte) 0);
    try (MemoryImage opened = open(cut)) {
      assertThat(opened.memory().ranges()).isEqualTo(machine.memory().ranges());
    }
  }

  @Test
  void aStateThatIsNowhereEndsSoon() throws Exception {
    byte[] image = image();
    ByteBuffer fields = ByteBuffer.wrap(image);
    int entry = (int) fields.getLong(64);
    fields.putLong(entry + 40, 1L << 60); // the size of the state
    fields.putInt(entry + 8, Integer.MAX_VALUE); // the size of its L1 table
    try (MemoryImage opened = open(image)) {
      machine.assertShownBy(opened, Set.of("cr3"));
    } catch (ImageException e) {
      assertThat(e).hasMessageStartingWith("test: ");
    }
  }

  @Test
  void damagedTablesAreSurvived() throws Exception {
    byte[] sound = image();
    Random random = new Random(11);
    int opened = 0;
    for (int round = 0; round < 300; round++) {
      byte[] damaged = sound.clone();
      for (int i = 0; i < 200; i++) {
        damaged[4096 + random.nextInt(damaged.length - 4096)] = (byte) random.nextInt();
      }
      try (MemoryImage image = open(damaged)) {
        opened++;
        image.memory().readBytes(0, 0x3000);
      } catch (ImageException e) {
        assertThat(e).hasMessageStartingWith("test: ");
      }
    }
    assertThat(opened).isBetween(1, 299);
  }

  private byte[] image() throws Exception {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    new MigrationStreamWriter(machine).write(stream);
    return new Qcow2Writer(1 << 20).snapshot("only", 1, stream.toByteArray()).toBytes();
  }

  private static Probe probe(byte[] bytes) {
    return new Qcow2Format().probe(file(bytes));
  }

  private static MemoryImage open(byte[] bytes) throws ImageException {
    return new Qcow2Format().open(file(bytes), OpenOptions.defaults());
  }

  private static ImageFile file(byte[] bytes) {
    return ImageFile.over(MemorySegment.ofArray(bytes), Path.of("test"), "test", "");
  }
}
