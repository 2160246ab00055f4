package io.nestwalk.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.survey.SurveyStore;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A PC's ranges of RAM in a file one after the other. */
class GluedRangesTest {

  private static final int MIB = 1 << 20;
  private static final int MEMORY = 24 * MIB;
  private static final int ROOT = 0x30_0000;
  private static final int MAP = 0x20_0d50;

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "0x1000, 0x9fc00", // less than a page is missing: the tables lie off every page's start
    "0x1000, 0x9f000",
    "0, 0x9fc00",
  })
  void theFirmwaresMapPlacesTheRanges(String from, String lowEnd) throws Exception {
    int base = Integer.decode(from);
    int low = Integer.decode(lowEnd);
    byte[] memory = machine(low);
    try (MemoryImage image = open(glued(memory, base, low))) {
      assertThat(GluedRanges.appliesTo(image)).isTrue();
      OpenOptions found = find(image).orElseThrow();
      assertThat(found.base()).hasValue(base);
      assertThat(found.holes())
          .containsExactly(new AddressRange(low, MIB - low), new AddressRange(10L * MIB, 2L * MIB));
    }
  }

  @Test
  void memoryThatStandsWhereItsTablesSayIsLeftAsItIs() throws Exception {
    byte[] memory = machine(0x9fc00);
    Path file = folder.resolve("padded.raw");
    Files.write(file, Arrays.copyOf(memory, MEMORY - 4096));
    try (MemoryImage image = open(file)) {
      assertThat(GluedRanges.appliesTo(image)).isTrue();
      assertThat(find(image)).isEmpty();
    }
  }

  /** A map is no proof: tables must fit with it. */
  @Test
  void aMapThatNoTablesFitWithPlacesNothing() throws Exception {
    byte[] memory = machine(0x9fc00);
    Arrays.fill(memory, ROOT, ROOT + 0x4000, (byte) 0);
    try (MemoryImage image = open(glued(memory, 0x1000, 0x9fc00))) {
      assertThat(find(image)).isEmpty();
    }
  }

  @Test
  void holesBeyondTheFileAreNotNamed() {
    List<AddressRange> map =
        List.of(
            new AddressRange(0, 0x9f000),
            new AddressRange(MIB, MIB),
            new AddressRange(9 * MIB, MIB));
    assertThat(GluedRanges.layouts(List.of(map), OpenOptions.defaults(), MIB))
        .extracting(OpenOptions::holes)
        .containsOnly(List.of(new AddressRange(0x9f000, 0x61000)));
    assertThat(GluedRanges.layouts(List.of(map), OpenOptions.defaults(), 0x9000)).isEmpty();
  }

  /** Whoever writes a thousand maps into memory does not cost a thousand surveys. */
  @Test
  void onlySoManyMapsAreTried() {
    List<List<AddressRange>> maps = new ArrayList<>();
    for (int i = 1; i < 1000; i++) {
      maps.add(List.of(new AddressRange(0, 0x10000 + i), new AddressRange(MIB, MIB)));
    }
    assertThat(GluedRanges.layouts(maps, OpenOptions.defaults(), MIB)).hasSize(8);
  }

  private static Optional<OpenOptions> find(MemoryImage image) {
    return GluedRanges.find(image, OpenOptions.defaults(), 1, Progress.NONE, SurveyStore.NONE);
  }

  private static MemoryImage open(Path file) throws Exception {
    return MemoryImages.open(file, OpenOptions.defaults());
  }

  /** The bytes of RAM alone: up to {@code low}, from 1 to 10 MiB, and from 12 MiB on. */
  private Path glued(byte[] memory, int base, int low) throws Exception {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.write(memory, base, low - base);
    file.write(memory, MIB, 9 * MIB);
    file.write(memory, 12 * MIB, MEMORY - 12 * MIB);
    return Files.write(folder.resolve("memory.raw"), file.toByteArray());
  }

  /** Tables that map all memory in the kernel's half, and the firmware's map. */
  private static byte[] machine(int low) {
    ByteBuffer memory = ByteBuffer.allocate(MEMORY).order(ByteOrder.LITTLE_ENDIAN);
    memory.putLong(ROOT + 8 * 0x111, ROOT + 0x1000 | 3);
    memory.putLong(ROOT + 0x1000, ROOT + 0x2000 | 3);
    for (int i = 0; i < MEMORY >> 21; i++) {
      memory.putLong(ROOT + 0x2000 + 8 * i, ((long) i << 21) | 0x83);
    }
    memory.position(MAP);
    entry(memory, 0, low, 1);
    entry(memory, low, 0xa0000 - low, 2);
    entry(memory, 0xf0000, 0x10000, 2);
    entry(memory, MIB, 9 * MIB, 1);
    entry(memory, 10 * MIB, 2 * MIB, 3);
    entry(memory, 12 * MIB, MEMORY - 12 * MIB, 1);
    return memory.array();
  }

  private static void entry(ByteBuffer memory, long start, long length, int type) {
    memory.putLong(start).putLong(length).putInt(type);
  }
}
