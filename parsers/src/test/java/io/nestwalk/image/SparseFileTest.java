package io.nestwalk.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files with holes. Skipped where the file system has none, or takes no large files. */
class SparseFileTest {

  private static final long SIZE = 1L << 40;
  private static final long FIRST = 3 << 20;
  private static final long SECOND = 700L << 30;

  @TempDir private Path folder;
  private Path path;

  @BeforeEach
  void writeFile() throws IOException {
    path = folder.resolve("sparse.raw");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(SIZE);
      for (long place : new long[] {FIRST, SECOND, SIZE - 1}) {
        file.seek(place);
        file.write(7);
      }
    } catch (IOException e) {
      assumeThat(e).as("no file of 1 TiB can be made here: %s", e.getMessage()).isNull();
    }
    assumeThat(FileExtents.ask(path, SIZE).isWhole(SIZE))
        .as("the system does not tell of holes in this file system")
        .isFalse();
  }

  @Test
  void extentsHoldWhatIsStoredAndLittleElse() {
    FileExtents extents = FileExtents.ask(path, SIZE);
    for (long place : new long[] {FIRST, SECOND, SIZE - 1}) {
      int extent = extents.after(place);
      assertThat(extents.start(extent)).isLessThanOrEqualTo(place);
      assertThat(extents.end(extent)).isGreaterThan(place).isLessThanOrEqualTo(SIZE);
      assertThat(extents.end(extent) - extents.start(extent)).isLessThanOrEqualTo(1 << 20);
    }
    assertThat(extents.count()).isEqualTo(3);
    assertThat(extents.after(SIZE)).isEqualTo(3);
  }

  @Test
  void aFileThatChangedItsSizeIsTakenAsAWhole() {
    assertThat(FileExtents.ask(path, SIZE - 1).isWhole(SIZE - 1)).isTrue();
    assertThat(FileExtents.ask(folder.resolve("none"), 10).isWhole(10)).isTrue();
  }

  @Test
  void aFileWithoutDataHasNoExtent() throws IOException {
    Path empty = folder.resolve("empty.raw");
    try (RandomAccessFile file = new RandomAccessFile(empty.toFile(), "rw")) {
      file.setLength(SIZE);
    }
    FileExtents extents = FileExtents.ask(empty, SIZE);
    assertThat(extents.count()).isZero();
    assertThat(extents.isWhole(SIZE)).isFalse();
  }

  @Test
  void rawMemoryKnowsWhereSomethingStands() throws ImageException {
    try (MemoryImage image = MemoryImages.open(path, OpenOptions.defaults())) {
      PhysicalMemory memory = image.memory();
      assertThat(memory.ranges()).containsExactly(new AddressRange(0, SIZE));
      List<AddressRange> populated = memory.populatedRanges();
      assertThat(populated).hasSize(3);
      assertThat(populated.get(0).contains(FIRST)).isTrue();
      assertThat(populated.get(1).contains(SECOND)).isTrue();
      assertThat(populated.get(2).end()).isEqualTo(SIZE);
      assertThat(memory.getByte(SECOND)).isEqualTo(7);
      assertThat(memory.getByte(SIZE / 2)).isZero();
      assertThat(image.file().holeBytes()).isBetween(SIZE - (3 << 20), SIZE - 3);
    }
  }

  @Test
  void runsElsewhereInMemoryHaveTheirOwnAddresses() throws ImageException {
    try (ImageFile file = ImageFile.map(path, "sparse", "")) {
      RunMemory memory =
          RunMemory.of(
              file,
              List.of(
                  new MemoryRun(0x800, 0x1000, FIRST - 0x400),
                  new MemoryRun(1L << 50, 1L << 30, SECOND - (1 << 29)),
                  new MemoryRun(1L << 51, 1L << 30, SECOND + (1L << 30))));
      assertThat(memory.populatedRanges().getFirst()).isEqualTo(new AddressRange(0x800, 0x1000));
      AddressRange second = memory.populatedRanges().getLast();
      assertThat(second.contains((1L << 50) + (1 << 29))).isTrue();
      assertThat(second.length()).isLessThanOrEqualTo(1 << 20);
      assertThat(memory.populatedRanges()).hasSize(2);
    }
  }

  @Test
  void aMultitudeOfRunsOverAMultitudeOfHolesIsBounded() throws Exception {
    Path holes = folder.resolve("holes.raw");
    int pieces = 500;
    long size = FileExtents.WORTH_ASKING;
    long step = size / pieces & -4096;
    try (RandomAccessFile file = new RandomAccessFile(holes.toFile(), "rw")) {
      file.setLength(size);
      for (int i = 0; i < pieces; i++) {
        file.seek(i * step);
        file.write(1);
      }
    }
    int runs = 40_000;
    try (ImageFile file = ImageFile.map(holes, "holes", "")) {
      RunMemory memory =
          RunMemory.of(
              file,
              java.util.stream.LongStream.range(0, runs)
                  .mapToObj(i -> new MemoryRun(2 * i * size, size, 0))
                  .toList());
      List<AddressRange> populated = memory.populatedRanges();
      assertThat(populated).hasSizeLessThanOrEqualTo((1 << 17) + runs);
      assertThat(populated.getLast().contains(2 * (runs - 1L) * size + (pieces - 1) * step))
          .isTrue();
    }
  }
}
