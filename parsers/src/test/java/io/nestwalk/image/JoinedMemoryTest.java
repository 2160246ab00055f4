package io.nestwalk.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
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
    OpenOptions options = OpenOptions.defaults().withBase(0x1000);
    try (MemoryImage image = MemoryImages.open(folder, options)) {
      assertThat(image.memory().getByte(0xfff)).isEqualTo(-1);
      assertThat(image.memory().readBytes(0x1000, whole.length)).isEqualTo(whole);
      assertThat(image.memory().locate(0x1000)).isZero();
    }
  }

  @Test
  void aMissingPartIsNotPassedOver() throws IOException {
    write("m.0", "m.1", "m.2", "m.3");
    Files.delete(folder.resolve("m.1"));
    assertThatThrownBy(() -> MemoryImages.open(folder, OpenOptions.defaults()))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("3 files that could be the image");
  }

  @Test
  void partsOfOtherFormatsAreToBeJoined() throws IOException {
    System.arraycopy("EMiL\1\0\0\0".getBytes(StandardCharsets.ISO_8859_1), 0, whole, 0, 8);
    write("m.0", "m.1", "m.2", "m.3");
    assertThatThrownBy(() -> MemoryImages.open(folder, OpenOptions.defaults()))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("4 parts of something that is not raw memory (LiME header)");
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
