package io.nestwalk.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryImagesTest {

  @TempDir private Path folder;

  @Test
  void theFormatsThatUsersMayNameAreListed() {
    assertThat(MemoryImages.formatNames())
        .contains("elf", "raw")
        .doesNotContain("known")
        .isSorted();
  }

  @Test
  void whatHasNoSignatureIsRaw() throws Exception {
    Path file = store("a.bin", new byte[8192]);
    try (MemoryImage image = open(file)) {
      assertThat(image.format()).isEqualTo("raw");
      assertThat(image.file().name()).isEqualTo(file.toString());
      assertThat(image.file().container()).isEmpty();
    }
  }

  @Test
  void whatIsGivenInVainIsToldOnceForAllFormats() throws Exception {
    OpenOptions given =
        OpenOptions.defaults()
            .withBase(0x1000)
            .withHole(new AddressRange(0x2000, 0x3000))
            .withSnapshot("one");
    ByteBuffer lime = ByteBuffer.allocate(32 + 4096).order(ByteOrder.LITTLE_ENDIAN);
    lime.putInt(0x4c69_4d45).putInt(1).putLong(0).putLong(4095);
    try (MemoryImage image = MemoryImages.open(store("a.lime", lime.array()), given)) {
      assertThat(image.advice())
          .extracting(Advice::option)
          .containsExactly(ImageOption.BASE, ImageOption.HOLE, ImageOption.SNAPSHOT);
      assertThat(image.warnings())
          .contains("the base address is not used: the format lime takes none")
          .containsAll(image.advice().stream().map(Advice::warning).toList());
    }
    try (MemoryImage image = MemoryImages.open(store("a.raw", new byte[8192]), given)) {
      assertThat(image.advice()).extracting(Advice::option).containsExactly(ImageOption.SNAPSHOT);
      assertThat(image.memory().ranges().getFirst().start()).isEqualTo(0x1000);
    }
  }

  /** The contract names options alone that a user can say of an image. */
  @Test
  void formatsNameWhatTheyUse() {
    OpenOptions all =
        OpenOptions.defaults()
            .withBase(0)
            .withHole(new AddressRange(0x2000, 0x3000))
            .withMeta(folder)
            .withSnapshot("one");
    assertThat(ImageFormats.all())
        .allSatisfy(format -> assertThat(format.options()).allMatch(option -> option.isGiven(all)))
        .anySatisfy(format -> assertThat(format.options()).isNotEmpty());
  }

  @Test
  void memoryThatLooksRandomThroughoutIsTold() throws Exception {
    byte[] bytes = new byte[1 << 20];
    new Random(1).nextBytes(bytes);
    for (String name : List.of("a.bin", "encrypted.vmem")) {
      try (MemoryImage image = open(store(name, bytes))) {
        assertThat(image.warnings())
            .filteredOn(warning -> warning.contains("look random"))
            .singleElement()
            .asString()
            .startsWith("64 of 64 sampled pages")
            .contains("encrypted");
      }
    }
  }

  @Test
  void memoryWithSomeOrderInItIsNotTakenForNoise() throws Exception {
    byte[] bytes = new byte[1 << 20];
    new Random(1).nextBytes(bytes);
    // Every eighth page is zero, as in a machine that is very busy.
    for (int page = 0; page < bytes.length / 4096; page += 8) {
      Arrays.fill(bytes, page * 4096, (page + 1) * 4096, (byte) 0);
    }
    try (MemoryImage image = open(store("a.bin", bytes))) {
      assertThat(image.warnings()).isEmpty();
    }
    try (MemoryImage image = open(store("small.bin", Arrays.copyOf(bytes, 8 * 4096)))) {
      assertThat(image.warnings()).isEmpty();
    }
  }

  @Test
  void anUnknownFormatIsAnErrorThatListsTheKnown() throws Exception {
    assertThatThrownBy(() -> open(store("a.bin", new byte[4096]), "vhs"))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith("input format vhs: unknown; known are ")
        .hasMessageContaining("elf")
        .hasMessageContaining("raw");
    assertThatThrownBy(() -> open(store("a.bin", new byte[4096]), "known"))
        .isInstanceOf(ImageException.class);
  }

  @Test
  void aForcedFormatIsTaken() throws Exception {
    Path text = store("a.txt", "text\n".repeat(1000).getBytes(StandardCharsets.US_ASCII));
    assertThatThrownBy(() -> open(text)).hasMessage(text + ": a text file, not memory");
    try (MemoryImage image = open(text, "raw")) {
      assertThat(image.memory().getByte(0)).isEqualTo('t');
    }
    assertThatThrownBy(() -> open(text, "elf"))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("not an ELF file");
  }

  @Test
  void aForcedFormatHoldsWithinACompressedFile() throws Exception {
    Path packed = folder.resolve("a.txt.gz");
    try (GZIPOutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      out.write("text\n".repeat(1000).getBytes(StandardCharsets.US_ASCII));
    }
    assertThatThrownBy(() -> open(packed)).hasMessage(packed + ": holds a text file, not memory");
    try (MemoryImage image = open(packed, "raw")) {
      assertThat(image.memory().presentBytes()).isEqualTo(5000);
      assertThat(image.file().container()).isEqualTo("gz");
      assertThat(image.warnings()).singleElement().asString().contains("last page is cut");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "QEVM | a QEMU stream of version 0",
        "MDMP | a Windows minidump of one process",
        "hibr | a Windows hibernation file",
        "AVML | an AVML dump",
        "version https://git-lfs.github.com/spec/v1 | a Git LFS pointer"
      })
  void nearMissesAreNamedAndNotTakenForRaw(String magic, String explanation) throws Exception {
    byte[] bytes = Arrays.copyOf(magic.getBytes(StandardCharsets.US_ASCII), 8192);
    Path file = store("near", bytes);
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(ImageException.class)
        .hasMessageStartingWith(file + ": " + explanation);
  }

  @Test
  void everyFormatsAnswerCanBeAsked() throws Exception {
    List<Candidate> answers =
        MemoryImages.probe(store("a.bin", new byte[4096]), OpenOptions.defaults());
    assertThat(answers).extracting(answer -> answer.format().name()).contains("elf", "raw");
    assertThat(answers.getFirst().format().name()).isEqualTo("raw");
    assertThat(answers).allSatisfy(answer -> assertThat(answer.probe().reason()).isNotBlank());
  }

  @Test
  void filesThatCannotBeReadAreOneClearLine() throws Exception {
    Path absent = folder.resolve("absent");
    assertThatThrownBy(() -> open(absent)).hasMessage(absent + ": no such file");
    Path empty = store("empty", new byte[0]);
    assertThatThrownBy(() -> open(empty)).hasMessage(empty + ": the file is empty");
    assertThatThrownBy(() -> open(Path.of("/dev/null"))).hasMessageContaining("not a regular file");
  }

  @Test
  void aFolderWithOneImageStandsForIt() throws Exception {
    Path dumps = Files.createDirectory(folder.resolve("dumps"));
    assertThatThrownBy(() -> open(dumps))
        .hasMessage(dumps + ": a folder without a memory image in it");
    Files.writeString(dumps.resolve("notes.txt"), "about this dump\n");
    Files.write(dumps.resolve("memory.bin"), new byte[4096]);
    Files.write(dumps.resolve("empty"), new byte[0]);
    try (MemoryImage image = open(dumps)) {
      assertThat(image.file().name()).isEqualTo(dumps.resolve("memory.bin").toString());
    }
    Files.write(dumps.resolve("other.bin"), new byte[4096]);
    assertThatThrownBy(() -> open(dumps))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("2 files that could be the image (memory.bin, other.bin)");
  }

  private static MemoryImage open(Path file) throws ImageException {
    return MemoryImages.open(file, OpenOptions.defaults());
  }

  private static MemoryImage open(Path file, String format) throws ImageException {
    return MemoryImages.open(file, OpenOptions.defaults().withInputFormat(format));
  }

  private Path store(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }
}
