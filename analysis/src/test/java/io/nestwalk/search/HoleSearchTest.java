package io.nestwalk.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.survey.KeptNumbers;
import io.nestwalk.survey.SurveyStore;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A PC's memory of 5 GiB in a sparse file without, or with, the hole below 4 GiB. */
class HoleSearchTest {

  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;
  private static final long LEAF = 0x83; // large, writable, present
  private static final long TABLE = 3;
  private static final int GIBS = 6;

  @TempDir private Path folder;

  /** Where the hole begins; no hole is left out when it has no length. */
  private AddressRange hole;

  @ParameterizedTest
  @ValueSource(longs = {2048, 3072, 3328, 3584, 3840})
  void theHoleUnderWhichTablesFitIsFound(long startMib) throws Exception {
    hole = new AddressRange(startMib * MIB, 4 * GIB - startMib * MIB);
    Path file = machine(4 * GIB + 16 * MIB);
    try (MemoryImage image = open(file, OpenOptions.defaults())) {
      assertThat(HoleSearch.appliesTo(image)).isTrue();
      assertThat(find(image)).contains(hole);
    }
    try (MemoryImage image = open(file, OpenOptions.defaults().withHole(hole))) {
      assertThat(HoleSearch.appliesTo(image)).isFalse();
      assertThat(MachineFinder.find(image, 1, Progress.NONE).host().root().orElseThrow().address())
          .isEqualTo(4 * GIB + 16 * MIB);
    }
  }

  @Test
  void aFileWithTheHoleInItIsLeftAsItIs() throws Exception {
    hole = new AddressRange(4 * GIB, 0);
    try (MemoryImage image = open(machine(4 * GIB + 16 * MIB), OpenOptions.defaults())) {
      assertThat(HoleSearch.appliesTo(image)).isTrue();
      assertThat(find(image)).isEmpty();
    }
  }

  /** Tables that lie below every hole fit with each: nothing is guessed. */
  @Test
  void tablesBelowTheHoleDoNotTell() throws Exception {
    hole = new AddressRange(3 * GIB, GIB);
    try (MemoryImage image = open(machine(16 * MIB), OpenOptions.defaults())) {
      assertThat(find(image)).isEmpty();
    }
  }

  @Test
  void whatWasFoundIsRememberedAndHasToFitStill() throws Exception {
    hole = new AddressRange(3 * GIB, GIB);
    KeptNumbers kept = new KeptNumbers();
    try (MemoryImage image = open(machine(4 * GIB + 16 * MIB), OpenOptions.defaults())) {
      assertThat(HoleSearch.find(image, 1, Progress.NONE, kept)).contains(hole);
      assertThat(kept.recallNumbers("hole")).hasValue(new long[] {3 * GIB});
      assertThat(HoleSearch.find(image, 1, Progress.NONE, kept)).contains(hole);
      for (long[] other : new long[][] {{2 * GIB}, {7}, {}, {1, 2}}) {
        kept.keepNumbers("hole", other);
        assertThat(HoleSearch.find(image, 1, Progress.NONE, kept)).contains(hole);
        assertThat(kept.recallNumbers("hole")).hasValue(new long[] {3 * GIB});
      }
    }
    hole = new AddressRange(4 * GIB, 0);
    kept = new KeptNumbers();
    try (MemoryImage image = open(machine(4 * GIB + 16 * MIB), OpenOptions.defaults())) {
      assertThat(HoleSearch.find(image, 1, Progress.NONE, kept)).isEmpty();
      assertThat(kept.recallNumbers("hole")).hasValue(new long[] {-1});
      assertThat(HoleSearch.find(image, 1, Progress.NONE, kept)).isEmpty();
    }
  }

  private static Optional<AddressRange> find(MemoryImage image) {
    return HoleSearch.find(image, 1, Progress.NONE, SurveyStore.NONE);
  }

  private static MemoryImage open(Path file, OpenOptions options) throws Exception {
    return MemoryImages.open(file, options);
  }

  /** Tables from {@code root} on that map the first 64 MiB of memory in the kernel's half. */
  private Path machine(long root) throws IOException {
    Path file = folder.resolve("memory.raw");
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(5 * GIB);
      put(out, root + 0x111 * 8, root + 0x1000 | TABLE);
      for (int i = 0; i < GIBS; i++) {
        long directory = root + 0x2000 + i * 0x1000L;
        put(out, root + 0x1000 + i * 8L, directory | TABLE);
        for (int j = 0; j < 32; j++) {
          put(out, directory + j * 8L, j * 2L * MIB | LEAF);
        }
      }
    }
    return file;
  }

  private void put(RandomAccessFile out, long address, long value) throws IOException {
    out.seek(address < hole.end() ? address : address - hole.length());
    out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
  }
}
