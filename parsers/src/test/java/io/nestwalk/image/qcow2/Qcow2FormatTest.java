package io.nestwalk.image.qcow2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MachineSnapshot;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.NoSuchSnapshotException;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import io.nestwalk.image.TestMachine;
import io.nestwalk.image.qemu.MigrationStreamWriter;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
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
        .hasMessageContaining("of 1 snapshot 0 can be read");
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

  @Test
  void aSnapshotIsTakenByNameOrElseById() throws Exception {
    byte[] other = state(2);
    byte[] image =
        new Qcow2Writer(4 << 20)
            .snapshot("2", 100, state(1)) // id 1
            .snapshot("twice", 200, state(2)) // id 2
            .snapshot("twice", 300, state(3)) // id 3
            .snapshot("of the disk", 400, new byte[0]) // id 4
            .toBytes();
    assertThat(cr3(image, OpenOptions.defaults())).isEqualTo(3);
    assertThat(cr3(image, OpenOptions.defaults().withSnapshot("2"))).isEqualTo(1);
    assertThat(cr3(image, OpenOptions.defaults().withSnapshot("1"))).isEqualTo(1);
    assertThat(cr3(image, OpenOptions.defaults().withSnapshot("twice"))).isEqualTo(3);
    for (String name : new String[] {"4", "of the disk", "", "twice\n"}) {
      assertThatThrownBy(() -> cr3(image, OpenOptions.defaults().withSnapshot(name)))
          .isInstanceOf(NoSuchSnapshotException.class)
          .hasMessageContaining("there are \"twice\" (id 3), \"twice\" (id 2), \"2\" (id 1)");
    }
    try (MemoryImage opened =
        new Qcow2Format().open(file(image), OpenOptions.defaults().withSnapshot("1"))) {
      assertThat(opened.warnings()).isEmpty();
      assertThat(opened.snapshots())
          .extracting(MachineSnapshot::id, MachineSnapshot::read)
          .containsExactly(tuple("3", false), tuple("2", false), tuple("1", true));
      assertThat(opened.snapshots().getFirst().stateBytes()).isEqualTo(other.length);
      assertThat(opened.snapshots().getFirst().time()).isEqualTo(Instant.ofEpochSecond(300, 7));
    }
  }

  /** The state of the machine with another number in the first CPU's CR3. */
  private byte[] state(long cr3) throws Exception {
    machine.cpus().getFirst().put("cr3", cr3);
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    new MigrationStreamWriter(machine).write(stream);
    return stream.toByteArray();
  }

  private static long cr3(byte[] image, OpenOptions options) throws Exception {
    try (MemoryImage opened = new Qcow2Format().open(file(image), options)) {
      return opened.cpus().getFirst().registers().get("cr3", -1);
    }
  }

  /** A machine of QEMU 7.2 in its firmware, saved twice; the digests are of its "pmemsave". */
  @ParameterizedTest
  @CsvSource({
    "first, 7d5c9ec53ece64820547c62804839cd7ba2a033437ad7c0cc60510546b3164d9",
    "second, c5f9d20617b35b0d13d75f37fb1bce473a9bfcbbf9b009a886735e940837b4e3"
  })
  void eachOfTwoRealSnapshotsHasItsOwnMemory(String name, String digest) throws Exception {
    Path path = Path.of(Qcow2FormatTest.class.getResource("pc-two-snapshots.qcow2.zst").toURI());
    try (MemoryImage opened = MemoryImages.open(path, OpenOptions.defaults().withSnapshot(name))) {
      MessageDigest memory = MessageDigest.getInstance("SHA-256");
      memory.update(opened.memory().readBytes(0, 0xa0000));
      memory.update(opened.memory().readBytes(0x100000, 0x300000)); // the firmware is between
      assertThat(HexFormat.of().formatHex(memory.digest())).isEqualTo(digest);
      assertThat(opened.warnings()).isEmpty();
    }
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
