package io.nestwalk.image.ewf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.RealImages;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EwfFormatTest {

  @TempDir private Path folder;

  /** tinyos.E01 was made by libewf's ewfacquirestream of the first 256 KiB of that very image. */
  @Test
  void aRealImageHoldsWhatItWasMadeOf() throws Exception {
    byte[] raw = Files.readAllBytes(RealImages.get("real/qemu-pmemsave-tinyos-2MiB.raw"));
    try (MemoryImage image = MemoryImages.open(resource("tinyos.E01"), OpenOptions.defaults())) {
      assertThat(image.format()).isEqualTo("ewf");
      assertThat(image.memory().ranges()).containsExactly(new AddressRange(0, 256 << 10));
      assertThat(image.memory().readBytes(0, 256 << 10)).isEqualTo(Arrays.copyOf(raw, 256 << 10));
      assertThat(image.warnings()).isEmpty();
    }
  }

  @Test
  void severalFilesAreOneImage() throws Exception {
    byte[] content = content(40);
    Path first = write(content, 7);
    try (MemoryImage image =
        MemoryImages.open(first, OpenOptions.defaults().withBase(0x4000_0000))) {
      assertThat(image.memory().ranges())
          .containsExactly(new AddressRange(0x4000_0000, content.length));
      assertThat(image.memory().readBytes(0x4000_0000, content.length)).isEqualTo(content);
      assertThat(image.memory().locate(0x4000_0000 + 2 * EwfWriter.CHUNK))
          .as("a plain chunk of the first file")
          .isPositive();
      assertThat(image.memory().locate(0x4000_0000)).as("a packed one").isEqualTo(-1);
      assertThat(image.creator()).contains("an EnCase (E01) image, 6 files");
      assertThat(image.file().sources())
          .hasSize(6)
          .contains(first.resolveSibling("image.E06"))
          .isEqualTo(MemoryImages.filesOf(first, OpenOptions.defaults()));
      assertThat(image.files()).isEqualTo(image.file().sources());
      assertThat(image.warnings()).isEmpty();
    }
  }

  @Test
  void whatIsMissingIsTold() throws Exception {
    byte[] content = content(40);
    Path first = write(content, 7);
    Files.delete(first.resolveSibling("image.E03"));
    try (MemoryImage image = MemoryImages.open(first, OpenOptions.defaults())) {
      assertThat(image.memory().presentBytes()).isEqualTo(14 * EwfWriter.CHUNK);
      assertThat(image.warnings())
          .singleElement()
          .asString()
          .contains("of 163840 bytes", "the first 57344 are in the 2 files");
    }
    Files.copy(first, first.resolveSibling("image.E03"));
    try (MemoryImage image = MemoryImages.open(first, OpenOptions.defaults())) {
      assertThat(image.memory().presentBytes()).isEqualTo(14 * EwfWriter.CHUNK);
      assertThat(image.warnings()).anyMatch(line -> line.contains("image.E03 is not the part 3"));
    }
    assertThatThrownBy(
            () -> MemoryImages.open(first.resolveSibling("image.E02"), OpenOptions.defaults()))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("the part 2 of an EnCase (E01) image");
  }

  @Test
  void aDamagedChunkIsMissingAndTheOthersAreNot() throws Exception {
    byte[] content = content(9);
    byte[] file = new EwfWriter(content, 99).files().getFirst();
    file[13 + 76 + 1052 + 76 + 100] ^= 0x55;
    Path path = Files.write(folder.resolve("damaged.E01"), file);
    try (MemoryImage image = MemoryImages.open(path, OpenOptions.defaults())) {
      assertThat(image.memory().isPresent(0)).isFalse();
      assertThat(image.memory().getByte(EwfWriter.CHUNK))
          .isEqualTo(content[EwfWriter.CHUNK] & 0xff);
      // However often it is met, and the cache has dropped it.
      for (int round = 0; round < 3; round++) {
        for (int page = 0; page < 9; page++) {
          image.memory().isPresent((long) page * EwfWriter.CHUNK);
        }
      }
      assertThat(image.memory().unreadableBytes()).isEqualTo(EwfWriter.CHUNK);
    }
  }

  @Test
  void contentThatIsNoRawMemoryIsNamed() throws Exception {
    byte[] stream = content(3);
    System.arraycopy(new byte[] {'Q', 'E', 'V', 'M', 0, 0, 0, 3}, 0, stream, 0, 8);
    assertThatThrownBy(() -> MemoryImages.open(write(stream, 9), OpenOptions.defaults()))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("an EnCase (E01) image of a dump")
        .hasMessageContaining("ewfexport");
    byte[] disk = content(3);
    System.arraycopy(
        "conectix".getBytes(StandardCharsets.US_ASCII), 0, disk, 0, "conectix".length());
    assertThatThrownBy(() -> MemoryImages.open(write(disk, 9), OpenOptions.defaults()))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("an EnCase (E01) image of a disk image");
  }

  @ParameterizedTest
  @CsvSource({
    "E01, 2, E02",
    "E01, 99, E99",
    "E01, 100, EAA",
    "E01, 125, EAZ",
    "E01, 126, EBA",
    "E01, 775, EZZ",
    "E01, 776, FAA",
    "e01, 100, eaa",
    "s01, 3, s03"
  })
  void furtherFilesAreNamedByNumber(String first, int number, String suffix) {
    assertThat(Segment.suffix(first, number)).isEqualTo(suffix);
  }

  /** Pages of random bytes and of one value. */
  static byte[] content(int chunks) {
    byte[] content = new byte[chunks * EwfWriter.CHUNK];
    Random random = new Random(chunks);
    for (int chunk = 0; chunk < chunks; chunk += 2) {
      byte[] bytes = new byte[EwfWriter.CHUNK];
      random.nextBytes(bytes);
      System.arraycopy(bytes, 0, content, chunk * EwfWriter.CHUNK, bytes.length);
    }
    return content;
  }

  private Path write(byte[] content, int chunksPerFile) throws IOException {
    List<byte[]> files = new EwfWriter(content, chunksPerFile).files();
    for (int i = 0; i < files.size(); i++) {
      Files.write(folder.resolve("image.E%02d".formatted(i + 1)), files.get(i));
    }
    return folder.resolve("image.E01");
  }

  private static Path resource(String name) throws URISyntaxException {
    return Path.of(EwfFormatTest.class.getResource(name).toURI());
  }
}
