package io.nestwalk.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Raw memory that was split into files. */
class JoinedMemoryTest {

  private static final int PART = 5000;

  private final byte[] whole = new byte[3 * PART + 700];

  @TempDir private Path folder;

  @BeforeEach
  void fill() {
    new Random(9).nextBytes(whole);
  }

  @ParameterizedTest
  @CsvSource({
    "mem.raw.000 mem.raw.001 mem.raw.002 mem.raw.003",
    "mem.1 mem.2 mem.3 mem.4",
    "mem.raw.part1 mem.raw.part2 mem.raw.part3 mem.raw.part4",
    "xaa xab xac xad"
  })
  void partsAreReadAsOne(String names) throws Exception {
    write(names.split(" "));
    Files.writeString(folder.resolve("README.txt"), "split");
    try (MemoryImage image = MemoryImages.open(folder, OpenOptions.defaults())) {
      assertThat(image.format()).isEqualTo("raw");
      assertThat(image.memory().ranges()).containsExactly(new AddressRange(0, whole.length));
      assertThat(image.memory().readBytes(0, whole.length + 5)).isEqualTo(whole);
      for (int at = PART - 10; at < 2 * PART + 10; at++) {
        long expected = 0;
        for (int i = 7; i >= 0; i--) {
          expected = expected << 8 | (whole[at + i] & 0xff);
        }
        assertThat(image.memory().getLong(at, 0)).isEqualTo(expected);
        assertThat(image.memory().getInt(at, 0)).isEqualTo((int) expected);
        assertThat(image.memory().getByte(at)).isEqualTo((int) expected & 0xff);
        assertThat(image.memory().locate(at)).isEqualTo(at);
      }
      assertThat(image.memory().getByte(whole.length)).isEqualTo(-1);
      assertThat(image.memory().getLong(whole.length - 4, 9)).isEqualTo(9);
      assertThat(image.memory().view(PART - 3, 100).byteSize()).isEqualTo(3);
      assertThat(image.memory().view(whole.length, 1).byteSize()).isZero();
      assertThat(image.warnings()).singleElement().asString().startsWith("4 parts, from ");
    }
    assertThat(MemoryImages.probe(folder, OpenOptions.defaults()).getFirst().format().name())
        .isEqualTo("raw");
  }

  @Test
  void theBaseIsThatOfTheFirstPart() throws Exception {
    write("m.0", "m.1", "m.2", "m.3");
    OpenOptions options = OpenOptions.defaults().withBase(0x1000).withSnapshot("x");
    try (MemoryImage image = MemoryImages.open(folder, options)) {
      assertThat(image.memory().getByte(0xfff)).isEqualTo(-1);
      assertThat(image.memory().readBytes(0x1000, whole.length)).isEqualTo(whole);
      assertThat(image.memory().locate(0x1000)).isZero();
      assertThat(image.warnings()).contains("the snapshot is not used: the format raw takes none");
    }
  }

  @Test
  void theFirstPartMayHaveNoNumber() throws Exception {
    write("mem.raw", "mem.raw.001", "mem.raw.002", "mem.raw.003");
    for (Path given : List.of(folder, folder.resolve("mem.raw"))) {
      try (MemoryImage image = MemoryImages.open(given, OpenOptions.defaults())) {
        assertThat(image.memory().readBytes(0, whole.length + 5)).isEqualTo(whole);
        assertThat(image.warnings())
            .containsExactly("4 parts, from mem.raw to mem.raw.003, are read as one raw image");
        assertThat(image.files())
            .extracting(file -> file.getFileName().toString())
            .containsExactly("mem.raw", "mem.raw.001", "mem.raw.002", "mem.raw.003");
      }
      assertThat(MemoryImages.filesOf(folder.resolve("mem.raw"), OpenOptions.defaults()))
          .hasSize(4);
    }
    assertThat(remarks("mem.raw.001"))
        .singleElement()
        .asString()
        .endsWith("name the first, mem.raw, to read all");
  }

  @Test
  void oneMorePartThanTheFirstIsASetToo() throws Exception {
    Files.write(folder.resolve("mem.raw"), Arrays.copyOf(whole, PART));
    Files.write(folder.resolve("mem.raw.001"), Arrays.copyOfRange(whole, PART, PART + 700));
    try (MemoryImage image = MemoryImages.open(folder, OpenOptions.defaults())) {
      assertThat(image.memory().readBytes(0, whole.length))
          .isEqualTo(Arrays.copyOf(whole, PART + 700));
    }
  }

  @Test
  void aPartThatIsLeftOfACopyIsNotAppended() throws Exception {
    Files.write(folder.resolve("mem.raw"), Arrays.copyOf(whole, PART));
    Files.write(folder.resolve("mem.raw.001"), Arrays.copyOf(whole, PART));
    try (MemoryImage image = MemoryImages.open(folder.resolve("mem.raw"), OpenOptions.defaults())) {
      assertThat(image.memory().presentBytes()).isEqualTo(PART);
    }
  }

  /** Older copies are numbered like parts, but each is whole. */
  @Test
  void aFileWithOlderCopiesBesideItIsReadByItself() throws Exception {
    for (String name : List.of("mem.raw", "mem.raw.1", "mem.raw.2")) {
      Files.write(folder.resolve(name), Arrays.copyOf(whole, PART));
    }
    try (MemoryImage image = MemoryImages.open(folder.resolve("mem.raw"), OpenOptions.defaults())) {
      assertThat(image.memory().presentBytes()).isEqualTo(PART);
    }
  }

  /** The hole begins within the second part. */
  @Test
  void aHoleMovesWhatFollowsItInAllParts() throws Exception {
    write("m.0", "m.1", "m.2", "m.3");
    OpenOptions options = OpenOptions.defaults().withHole(new AddressRange(0x2000, 0x3000));
    try (MemoryImage image = MemoryImages.open(folder, options)) {
      assertThat(image.memory().ranges())
          .containsExactly(
              new AddressRange(0, 0x2000), new AddressRange(0x5000, whole.length - 0x2000));
      assertThat(image.memory().readBytes(0, whole.length)).isEqualTo(Arrays.copyOf(whole, 0x2000));
      assertThat(image.memory().readBytes(0x5000, whole.length))
          .isEqualTo(Arrays.copyOfRange(whole, 0x2000, whole.length));
      assertThat(image.memory().locate(0x5000 + PART)).isEqualTo(0x2000 + PART);
      assertThat(image.memory().locate(0x3000)).isEqualTo(-1);
    }
  }

  @Test
  void aMissingPartIsNotPassedOver() throws Exception {
    write("m.0", "m.1", "m.2", "m.3");
    Files.delete(folder.resolve("m.1"));
    assertThatThrownBy(() -> MemoryImages.open(folder, OpenOptions.defaults()))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("3 files that could be the image");
    assertThat(remarks("m.0"))
        .containsExactly(
            "3 parts, from m.0 to m.3, look like parts of one file; this one is read by itself:"
                + " what goes between m.0 and m.2 is missing");
  }

  @Test
  void withoutTheFirstPartThereIsNoWhole() throws Exception {
    write("xaa", "xab", "xac", "xad");
    Files.delete(folder.resolve("xaa"));
    assertThatThrownBy(() -> MemoryImages.open(folder, OpenOptions.defaults()))
        .hasMessageContaining("3 files that could be the image");
    assertThat(remarks("xab"))
        .singleElement()
        .asString()
        .endsWith("what goes before xab is missing");
  }

  @Test
  void aPartThatIsEmptyIsNamed() throws Exception {
    write("m.0", "m.1", "m.2", "m.3");
    Files.write(folder.resolve("m.2"), new byte[0]);
    assertThat(remarks("m.0"))
        .singleElement()
        .asString()
        .endsWith("m.2 has 0 bytes, the first %d".formatted(PART));
  }

  /** Files of another origin whose names end alike: as many kinds of packing as there are. */
  @Test
  void whatOnlyEndsInLettersIsNoPart() throws Exception {
    for (String name : List.of("notes.gz", "notes.xz", "notes.md")) {
      Files.write(folder.resolve(name), whole);
    }
    assertThat(remarks("notes.md")).isEmpty();
  }

  @Test
  void theFilesOfAnImageAreItsParts() throws Exception {
    write("m.0", "m.1", "m.2", "m.3");
    assertThat(MemoryImages.filesOf(folder.resolve("m.0"), OpenOptions.defaults()))
        .extracting(path -> path.getFileName().toString())
        .containsExactly("m.0", "m.1", "m.2", "m.3");
    assertThat(MemoryImages.filesOf(folder.resolve("m.1"), OpenOptions.defaults()))
        .containsExactly(folder.resolve("m.1"));
  }

  private List<String> remarks(String name) throws Exception {
    try (MemoryImage image = MemoryImages.open(folder.resolve(name), OpenOptions.defaults())) {
      assertThat(image.memory().presentBytes()).isEqualTo(Files.size(folder.resolve(name)));
      return image.warnings().stream().filter(line -> line.contains("parts")).toList();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "dump.lime.000 dump.lime.001 dump.lime.002 dump.lime.003",
    "dump.limeaa dump.limeab dump.limeac dump.limead"
  })
  void partsOfOtherFormatsAreJoined(String names) throws Exception {
    System.arraycopy(limeHead(whole.length - 32), 0, whole, 0, 32);
    write(names.split(" "));
    for (Path given : List.of(folder, folder.resolve(names.substring(0, names.indexOf(' '))))) {
      try (MemoryImage image = MemoryImages.open(given, OpenOptions.defaults())) {
        assertThat(image.format()).isEqualTo("lime");
        assertThat(image.file().name()).isEqualTo(folder.resolve("dump.lime").toString());
        assertThat(image.file().container()).isEqualTo("parts");
        assertThat(image.memory().readBytes(0x1000, whole.length))
            .isEqualTo(Arrays.copyOfRange(whole, 32, whole.length));
        assertThat(image.warnings())
            .anyMatch(line -> line.endsWith("were joined into one file in the cache"));
      }
    }
    // Another part of the same name makes another image.
    whole[PART + 5] ^= 1;
    write(names.split(" "));
    try (MemoryImage image = MemoryImages.open(folder, OpenOptions.defaults())) {
      assertThat(image.memory().getByte(0x1000 + PART + 5 - 32)).isEqualTo(whole[PART + 5] & 0xff);
    }
  }

  @Test
  void partsOfAPackedFileAreJoinedAndUnpacked() throws Exception {
    byte[] lime = new byte[32 + 10 * PART];
    new Random(4).nextBytes(lime);
    System.arraycopy(limeHead(10 * PART), 0, lime, 0, 32);
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(lime);
    }
    byte[] bytes = packed.toByteArray();
    int part = bytes.length / 2 + 1;
    Files.write(folder.resolve("dump.lime.gzaa"), Arrays.copyOf(bytes, part));
    Files.write(folder.resolve("dump.lime.gzab"), Arrays.copyOfRange(bytes, part, bytes.length));
    try (MemoryImage image =
        MemoryImages.open(folder.resolve("dump.lime.gzaa"), OpenOptions.defaults())) {
      assertThat(image.format()).isEqualTo("lime");
      assertThat(image.file().container()).isEqualTo("gz.parts");
      assertThat(image.file().name()).isEqualTo(folder.resolve("dump.lime.gz").toString());
      assertThat(image.memory().readBytes(0x1000, 10 * PART))
          .isEqualTo(Arrays.copyOfRange(lime, 32, lime.length));
    }
  }

  @Test
  void theFirstPartOfRawMemoryStandsForAll() throws Exception {
    write("mem.raw.001", "mem.raw.002", "mem.raw.003", "mem.raw.004");
    try (MemoryImage image =
        MemoryImages.open(folder.resolve("mem.raw.001"), OpenOptions.defaults())) {
      assertThat(image.memory().readBytes(0, whole.length + 5)).isEqualTo(whole);
    }
    // Another part is what it is by itself.
    try (MemoryImage image =
        MemoryImages.open(folder.resolve("mem.raw.002"), OpenOptions.defaults())) {
      assertThat(image.memory().presentBytes()).isEqualTo(PART);
      assertThat(image.warnings())
          .anyMatch(line -> line.endsWith("name the first, mem.raw.001, to read all"));
    }
  }

  /** A memory file of VMware is known by its name alone, which is that of the whole. */
  @Test
  void theWholeNamesTheFormat() throws Exception {
    write("vm.vmem.000", "vm.vmem.001", "vm.vmem.002", "vm.vmem.003");
    try (MemoryImage image =
        MemoryImages.open(folder.resolve("vm.vmem.000"), OpenOptions.defaults())) {
      assertThat(image.format()).isEqualTo("vmware");
      assertThat(image.memory().presentBytes()).isEqualTo(whole.length);
    }
  }

  /** Files that are images by themselves are no parts, whatever their names. */
  @Test
  void severalImagesAreNotJoined() throws Exception {
    for (int i = 0; i < 2; i++) {
      byte[] lime = Arrays.copyOf(limeHead(4096), 32 + 4096);
      lime[100] = (byte) i;
      Files.write(folder.resolve("dump." + i), lime);
    }
    for (String name : List.of("dump.0", "dump.1")) {
      try (MemoryImage image = MemoryImages.open(folder.resolve(name), OpenOptions.defaults())) {
        assertThat(image.memory().presentBytes()).isEqualTo(4096);
        assertThat(image.warnings()).isEmpty();
      }
      assertThat(MemoryImages.filesOf(folder.resolve(name), OpenOptions.defaults())).hasSize(1);
    }
    assertThatThrownBy(() -> MemoryImages.open(folder, OpenOptions.defaults()))
        .hasMessageContaining("2 files that could be the image");
  }

  @Test
  void whatIsNoImageIsNotJoined() throws Exception {
    byte[] text = "a letter to somebody, in several parts. ".getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < whole.length; i++) {
      whole[i] = text[i % text.length];
    }
    write("letter.0", "letter.1", "letter.2", "letter.3");
    assertThatThrownBy(() -> MemoryImages.open(folder, OpenOptions.defaults()))
        .hasMessageContaining("4 parts, from letter.0 to letter.3, are of no memory image");
  }

  @Test
  void theLimitHoldsForPartsToo() throws Exception {
    System.arraycopy(limeHead(whole.length - 32), 0, whole, 0, 32);
    write("m.0", "m.1", "m.2", "m.3");
    OpenOptions options = OpenOptions.defaults().withMaxUnpackedBytes(PART);
    assertThatThrownBy(() -> MemoryImages.open(folder, options))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("more than the limit of %d bytes".formatted(PART));
  }

  /** LiME's header of a range of that length from 0x1000 on. */
  private static byte[] limeHead(long length) {
    return ByteBuffer.allocate(32)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put("EMiL\1\0\0\0".getBytes(StandardCharsets.ISO_8859_1))
        .putLong(0x1000)
        .putLong(0x1000 + length - 1)
        .array();
  }

  /** A state and the memory file beside it are one image, as are a dump and notes. */
  @Test
  void theSurestFileOfAFolderIsTaken() throws Exception {
    Files.write(folder.resolve("notes.bin"), whole);
    byte[] lime = new byte[32 + 4096];
    System.arraycopy("EMiL\1\0\0\0".getBytes(StandardCharsets.ISO_8859_1), 0, lime, 0, 8);
    lime[16] = (byte) 0xff;
    lime[17] = 0xf;
    Files.write(folder.resolve("dump"), lime);
    try (MemoryImage image = MemoryImages.open(folder, OpenOptions.defaults())) {
      assertThat(image.format()).isEqualTo("lime");
    }
  }

  private void write(String... names) throws IOException {
    for (int i = 0; i < names.length; i++) {
      Files.write(
          folder.resolve(names[i]),
          Arrays.copyOfRange(whole, i * PART, Math.min(whole.length, (i + 1) * PART)));
    }
  }
}
