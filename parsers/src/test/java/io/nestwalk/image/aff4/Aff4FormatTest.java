package io.nestwalk.image.aff4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.image.TestMachine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Aff4FormatTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "https://www.ietf.org/rfc/rfc1950.txt, false",
    "https://www.ietf.org/rfc/rfc1950.txt, true",
    "https://tools.ietf.org/html/rfc1951, false",
    "http://code.google.com/p/snappy/, false",
    "http://code.google.com/p/snappy/, true",
    "https://code.google.com/p/lz4/, false",
    "http://aff4.org/Schema#NullCompressor, false"
  })
  void everyPackingIsUndoneInBothForms(String packing, boolean beforeTheStandard) throws Exception {
    // Chunks that do not end where ranges do.
    for (int chunk : new int[] {1000, 4096, 65536}) {
      try (TestMachine machine = TestMachine.small();
          MemoryImage image = open(volume(machine.memory(), packing, chunk, beforeTheStandard))) {
        assertThat(image.warnings()).isEmpty();
        assertSame(machine.memory(), image.memory());
      }
    }
  }

  @Test
  void zerosThatTheMapHasAreZerosAndNotLookedThrough() throws Exception {
    try (TestMachine machine = TestMachine.small()) {
      AddressRange zeros = new AddressRange(1L << 33, 1L << 20);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      new Aff4Writer("http://aff4.org/Schema#NullCompressor", 4096, false)
          .write(machine.memory(), out, "MemoryPhysical", List.of(zeros));
      MemoryImage image = open(out.toByteArray());
      assertThat(image.memory().ranges()).contains(zeros);
      assertThat(image.memory().getLong(zeros.end() - 8, 1)).isZero();
      assertThat(image.memory().getByte(zeros.end())).isEqualTo(-1);
      assertThat(image.memory().populatedRanges()).doesNotContain(zeros);
    }
  }

  @Test
  void whatIsDamagedIsMissingAndCounted() throws Exception {
    try (TestMachine machine = TestMachine.small()) {
      String packing = "https://www.ietf.org/rfc/rfc1950.txt";
      byte[] volume = volume(machine.memory(), packing, 1 << 16, false);
      String name = "PhysicalMemory/data/00000000";
      int at = new String(volume, StandardCharsets.ISO_8859_1).indexOf(name) + name.length();
      Arrays.fill(volume, at, at + 40, (byte) 0x55);
      MemoryImage image = open(volume);
      long first = machine.memory().ranges().getFirst().start();
      assertThat(image.memory().getByte(first)).isEqualTo(-1);
      assertThat(image.memory().unreadableBytes()).isPositive();
    }
  }

  @Test
  void aVolumeIsReadInPlaceAlsoWhenItIsPackedOnceMore() throws Exception {
    try (TestMachine machine = TestMachine.small()) {
      byte[] volume = volume(machine.memory(), "http://code.google.com/p/snappy/", 4096, false);
      Path plain = Files.write(folder.resolve("memory.aff4"), volume);
      Path packed = folder.resolve("memory.aff4.gz");
      try (GZIPOutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
        out.write(volume);
      }
      for (Path file : List.of(plain, packed)) {
        try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults())) {
          assertThat(image.format()).isEqualTo("aff4");
          assertThat(image.creator()).contains("a test");
          assertSame(machine.memory(), image.memory());
        }
      }
    }
  }

  @Test
  void aVolumeInAnotherOrderIsNotTakenForAnOrdinaryZip() throws Exception {
    Path file = folder.resolve("odd.aff4");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (String name : List.of("data/00000000", "information.turtle", "container.description")) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(new byte[8192]);
        zip.closeEntry();
      }
    }
    assertThatThrownBy(() -> MemoryImages.open(file, OpenOptions.defaults()))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("an AFF4 volume");
  }

  @Test
  void whatIsNotMemoryOrNotKnownIsSaid() throws IOException {
    assertRefused("an AFF4 volume without its information.turtle", "");
    assertRefused(
        "an AFF4 volume of a disk, not of memory",
        "<%1$s/d> a <x#DiskImage>, <x#ImageStream> .".formatted(Aff4Writer.VOLUME));
    assertRefused("an AFF4 volume without an image that can be read", "<x> a <x#Map> .");
    assertRefused(
        "packed by http://x/y, which is not supported",
        "<%s/d> a <x#ImageStream> ; <x#compressionMethod> <http://x/y> ."
            .formatted(Aff4Writer.VOLUME));
    assertRefused(
        "chunks of 7 bytes",
        "<%s/d> a <x#ImageStream> ; <x#chunkSize> 7 .".formatted(Aff4Writer.VOLUME));
  }

  private static void assertRefused(String expected, String turtle) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      byte[] volume = Aff4Writer.VOLUME.getBytes(StandardCharsets.UTF_8);
      Aff4Writer.stored(zip, "container.description", volume);
      if (!turtle.isEmpty()) {
        byte[] text = turtle.getBytes(StandardCharsets.UTF_8);
        Aff4Writer.stored(zip, "information.turtle", text);
      }
      Aff4Writer.stored(zip, "d/00000000", new byte[4096]);
      Aff4Writer.stored(zip, "d/00000000.index", new byte[12]);
    }
    assertThatThrownBy(() -> open(out.toByteArray()))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining(expected);
  }

  private static byte[] volume(
      PhysicalMemory memory, String packing, int chunk, boolean beforeTheStandard)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new Aff4Writer(packing, chunk, beforeTheStandard).write(memory, out);
    return out.toByteArray();
  }

  private static MemoryImage open(byte[] volume) throws ImageException {
    ImageFile file = ImageFile.over(MemorySegment.ofArray(volume), Path.of("test"), "test", "");
    return new Aff4Format().open(file, OpenOptions.defaults());
  }

  private static void assertSame(PhysicalMemory expected, PhysicalMemory actual) {
    assertThat(actual.ranges()).isEqualTo(expected.ranges());
    for (AddressRange range : expected.ranges()) {
      int length = (int) range.length();
      assertThat(actual.readBytes(range.start(), length))
          .isEqualTo(expected.readBytes(range.start(), length));
    }
  }
}
