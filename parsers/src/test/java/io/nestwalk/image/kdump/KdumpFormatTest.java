package io.nestwalk.image.kdump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.TestMachine;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KdumpFormatTest {

  private static final Set<String> SOME = Set.of("cr3", "rip");

  private final TestMachine machine = TestMachine.small();

  @TempDir private Path folder;

  @Test
  void textAndCreatorAreRead() throws Exception {
    try (MemoryImage image = open(new KdumpWriter(machine).toBytes())) {
      assertThat(image.vmcoreinfo()).contains("OSRELEASE=6.1.0-test\nPAGESIZE=4096\n");
      assertThat(image.creator()).contains("QEMU");
      assertThat(image.warnings()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        KdumpWriter.PLAIN,
        KdumpWriter.ZLIB,
        KdumpWriter.LZO,
        KdumpWriter.SNAPPY,
        KdumpWriter.ZSTD
      })
  void everyPackingIsUndone(int packing) throws Exception {
    try (MemoryImage image = open(new KdumpWriter(machine).packing(packing).toBytes())) {
      machine.assertShownBy(image, SOME);
      long at = image.memory().locate(0x102008);
      assertThat(at >= 0).isEqualTo(packing == KdumpWriter.PLAIN);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {KdumpWriter.ZLIB, KdumpWriter.LZO, KdumpWriter.SNAPPY, KdumpWriter.ZSTD})
  void damagedPagesAreMissingAndNothingElseHappens(int packing) throws Exception {
    byte[] sound = new KdumpWriter(machine).packing(packing).toBytes();
    Random random = new Random(packing);
    int descriptors = descriptors(sound);
    int data = descriptors + 24 * 25;
    long missing = 0;
    for (int round = 0; round < 300; round++) {
      byte[] damaged = sound.clone();
      for (int i = 0; i < 30; i++) {
        damaged[data + random.nextInt(damaged.length - data)] = (byte) random.nextInt();
      }
      try (MemoryImage image = open(damaged)) {
        assertThat(image.memory().ranges()).isEqualTo(machine.memory().ranges());
        for (AddressRange range : image.memory().ranges()) {
          for (long at = range.start(); at < range.end(); at += KdumpWriter.PAGE) {
            missing += image.memory().isPresent(at) ? 0 : 1;
          }
        }
      }
    }
    assertThat(missing).isPositive();
  }

  @Test
  void aDescriptorOutsideTheFileLosesItsPageAlone() throws Exception {
    byte[] bytes = new KdumpWriter(machine).toBytes();
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int descriptors = descriptors(bytes);
    buffer.putLong(descriptors, Long.MAX_VALUE - 3); // page 0
    buffer.putInt(descriptors + 24 + 8, -1); // page 1
    buffer.putInt(descriptors + 48 + 12, 0x10); // page 2: an unknown packing
    buffer.putLong(descriptors + 72, 0); // page 3: lost
    try (MemoryImage image = open(bytes)) {
      for (int page = 0; page < 6; page++) {
        assertThat(image.memory().isPresent(page * 4096L)).as("page %d", page).isEqualTo(page > 3);
      }
      assertThat(image.memory().unreadableBytes()).isEqualTo(4 * 4096);
      assertThat(image.memory().locate(0)).isEqualTo(-1);
    }
  }

  @Test
  void pagesLeftOutAreZerosOnlyWhenNothingElseWas() throws Exception {
    try (MemoryImage image = open(new KdumpWriter(machine).withoutZeros(1).toBytes())) {
      machine.assertShownBy(image, SOME);
      assertThat(image.warnings()).isEmpty();
    }
    try (MemoryImage image = open(new KdumpWriter(machine).withoutZeros(31).toBytes())) {
      assertThat(image.memory().isPresent(0x1000)).as("a page of zeros").isFalse();
      assertThat(image.memory().isPresent(0)).isTrue();
      assertThat(image.warnings())
          .singleElement()
          .asString()
          .contains("left them out (dump level 31");
    }
  }

  @Test
  void aSetIsReadFromAnyOfItsFiles() throws Exception {
    KdumpWriter writer = new KdumpWriter(machine);
    Path first = Files.write(folder.resolve("a"), writer.part(0, 5));
    Path second = Files.write(folder.resolve("b"), writer.part(5, 0x105));
    Path third =
        Files.write(folder.resolve("c"), KdumpWriter.flattened(writer.part(0x105, 1L << 40)));
    Files.write(folder.resolve("other"), new KdumpWriter(machine).toBytes());
    Files.writeString(folder.resolve("readme"), "no dump");
    for (Path file : new Path[] {first, second, third}) {
      try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults())) {
        machine.assertShownBy(image, SOME);
        assertThat(image.warnings()).singleElement().asString().contains("one of a set of files");
      }
    }
    Files.delete(second);
    try (MemoryImage image = MemoryImages.open(first, OpenOptions.defaults())) {
      assertThat(image.memory().ranges())
          .containsExactly(
              new AddressRange(0, 5 * 4096),
              new AddressRange(0x105000, 5 * 4096),
              new AddressRange(0x100000000L, 3 * 4096));
      assertThat(image.warnings()).anyMatch(line -> line.contains("12 pages are in files"));
    }
    Files.delete(third);
    try (MemoryImage image = MemoryImages.open(first, OpenOptions.defaults())) {
      assertThat(image.memory().ranges()).containsExactly(new AddressRange(0, 5 * 4096));
      assertThat(image.warnings()).anyMatch(line -> line.contains("no other one"));
    }
  }

  @Test
  void whatIsIncompleteSaysSo() throws Exception {
    byte[] sound = new KdumpWriter(machine).status(8).toBytes();
    try (MemoryImage image = open(sound)) {
      assertThat(image.warnings()).singleElement().asString().contains("marked it as incomplete");
    }
    byte[] flattened = KdumpWriter.flattened(new KdumpWriter(machine).toBytes());
    try (MemoryImage image = open(Arrays.copyOf(flattened, flattened.length - 16))) {
      assertThat(image.warnings()).singleElement().asString().contains("no end mark");
      machine.assertShownBy(image, SOME);
    }
  }

  @Test
  void lyingHeadersAreRefusedOrCut() throws Exception {
    byte[] sound = new KdumpWriter(machine).toBytes();
    assertThatThrownBy(() -> open(with(sound, 428, 12345, 4)))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("block size");
    assertThatThrownBy(() -> open(with(sound, 8, 7, 4))).hasMessageContaining("version 7");
    assertThatThrownBy(() -> open(with(sound, 432, 0xffffffffL, 4)))
        .hasMessageContaining("blocks of headers");
    try (MemoryImage image = open(with(sound, 4096 + 96, -1L, 8))) {
      machine.assertShownBy(image, SOME);
      assertThat(image.warnings()).anyMatch(line -> line.contains("18446744073709551615 pages"));
    }
    assertThatThrownBy(() -> open(with(sound, 4096 + 96, 0, 8)))
        .hasMessageContaining("without a page");
    try (MemoryImage image = open(with(sound, 4096 + 56, 1L << 60, 8))) {
      assertThat(image.cpus()).isEmpty();
      assertThat(image.warnings()).anyMatch(line -> line.contains("the registers are lost"));
    }
  }

  @Test
  void aFlattenedElfCoreIsNamed() throws IOException {
    byte[] elf = new byte[5000];
    elf[0] = 0x7f;
    elf[1] = 'E';
    elf[2] = 'L';
    elf[3] = 'F';
    byte[] flattened = KdumpWriter.flattened(elf);
    assertThatThrownBy(() -> open(flattened)).hasMessageContaining("makedumpfile -R");
  }

  /** Where the table of pages begins: behind the two headers and the bitmaps. */
  private static int descriptors(byte[] file) {
    ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    return (1 + buffer.getInt(432) + buffer.getInt(436)) * KdumpWriter.PAGE;
  }

  private static byte[] with(byte[] file, int offset, long value, int width) {
    byte[] changed = file.clone();
    ByteBuffer buffer = ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN);
    if (width == 8) {
      buffer.putLong(offset, value);
    } else {
      buffer.putInt(offset, (int) value);
    }
    return changed;
  }

  private static MemoryImage open(byte[] bytes) throws ImageException {
    return new KdumpFormat()
        .open(
            ImageFile.over(MemorySegment.ofArray(bytes), Path.of("test"), "test", ""),
            OpenOptions.defaults());
  }
}
