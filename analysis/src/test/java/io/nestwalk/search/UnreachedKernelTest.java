package io.nestwalk.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Raw images in which no system is found. */
class UnreachedKernelTest {

  private static final int SIZE = 1 << 20;

  @TempDir private Path folder;

  @Test
  void aBannerThatNoTablesLeadToIsTold() throws Exception {
    byte[] memory = new byte[SIZE];
    put(memory, 0x12345, "Linux version 6.1.0-56-cloud-amd64 (x@y)");
    assertThat(warnings(memory))
        .singleElement()
        .asString()
        .contains("banner stands at 0x12345")
        .contains("glued together")
        .contains("padded");
  }

  @Test
  void theFormatOfTheBannerIsNone() throws Exception {
    byte[] memory = new byte[SIZE];
    put(memory, 0x12345, "Linux version %s (%s)");
    put(memory, 0x23456, "Linux versions");
    assertThat(warnings(memory)).isEmpty();
  }

  @Test
  void anImageWithNeitherTablesNorZerosIsTold() throws Exception {
    byte[] memory = new byte[SIZE];
    Random random = new Random(3);
    for (int i = 0; i < SIZE; i++) {
      memory[i] = (byte) (random.nextInt(9) * 0x11 + 0x22);
    }
    assertThat(warnings(memory))
        .singleElement()
        .asString()
        .contains("neither page tables nor a single page of zeros");
    Arrays.fill(memory, 0x4000, 0x5000, (byte) 0);
    assertThat(warnings(memory)).isEmpty();
  }

  /** What looks random was told when the image was opened: that is warning enough. */
  @Test
  void noiseIsToldOnce() throws Exception {
    byte[] memory = new byte[SIZE];
    new Random(3).nextBytes(memory);
    assertThat(warnings(memory)).isEmpty();
  }

  private List<String> warnings(byte[] memory) throws Exception {
    Path file = Files.write(folder.resolve("memory.raw"), memory);
    try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults())) {
      return MachineFinder.find(image, 1, Progress.NONE).warnings();
    }
  }

  private static void put(byte[] memory, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, memory, at, bytes.length);
  }
}
