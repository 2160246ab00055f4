package io.nestwalk.image.raw;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.ImageFormatContractTest;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RawFormatTest extends ImageFormatContractTest {

  @TempDir private Path folder;

  @Override
  protected ImageFormat format() {
    return new RawFormat();
  }

  @Override
  protected byte[] sample() {
    return new byte[8192];
  }

  @Override
  protected int headerLength() {
    return 64;
  }

  @Test
  void memoryStandsAtTheBaseAddress() throws ImageException {
    byte[] bytes = new byte[8192];
    bytes[5000] = 42;
    MemoryImage image = format().open(file(bytes), at(0x4000_0000));
    assertThat(image.memory().ranges()).containsExactly(new AddressRange(0x4000_0000, 8192));
    assertThat(image.memory().getByte(0x4000_0000 + 5000)).isEqualTo(42);
    assertThat(image.memory().getByte(5000)).isEqualTo(-1);
    assertThat(image.memory().locate(0x4000_0000 + 5000)).isEqualTo(5000);
    assertThat(image.cpus()).isEmpty();
    assertThat(image.architecture()).isEmpty();
    assertThat(image.warnings()).isEmpty();
  }

  @Test
  void withoutABaseMemoryBeginsAtZero() throws ImageException {
    MemoryImage image = format().open(file(new byte[4096]), OpenOptions.defaults());
    assertThat(image.memory().ranges()).containsExactly(new AddressRange(0, 4096));
  }

  @Test
  void aCutLastPageIsKeptAndTold() throws ImageException {
    MemoryImage image = format().open(file(new byte[8191]), OpenOptions.defaults());
    assertThat(image.memory().getByte(8190)).isZero();
    assertThat(image.memory().getByte(8191)).isEqualTo(-1);
    assertThat(image.memory().getLong(8184, 77)).isEqualTo(77);
    assertThat(image.warnings()).singleElement().asString().contains("cut after 4095 bytes");
  }

  @Test
  void aBaseThatIsNoPageIsTold() throws ImageException {
    MemoryImage image = format().open(file(new byte[4096]), at(0x1001));
    assertThat(image.memory().getByte(0x1001)).isZero();
    assertThat(image.warnings()).singleElement().asString().contains("the base 0x1001");
  }

  @Test
  void aBaseBeyondThePossibleIsRefused() {
    for (long base : new long[] {-1, Long.MAX_VALUE, Long.MIN_VALUE}) {
      assertThatThrownBy(() -> format().open(file(new byte[4096]), at(base)))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("exceed 2^63");
    }
  }

  @Test
  void aHoleThatTheFileLeavesOutMovesWhatFollows() throws ImageException {
    byte[] bytes = new byte[8 * 4096];
    bytes[0x2fff] = 1;
    bytes[0x3000] = 2;
    OpenOptions options = at(0x1000).withHole(new AddressRange(0x4000, 0x10000));
    MemoryImage image = format().open(file(bytes), options);
    assertThat(image.memory().ranges())
        .containsExactly(new AddressRange(0x1000, 0x3000), new AddressRange(0x14000, 0x5000));
    assertThat(image.memory().getByte(0x3fff)).isEqualTo(1);
    assertThat(image.memory().getByte(0x4000)).isEqualTo(-1);
    assertThat(image.memory().getByte(0x14000)).isEqualTo(2);
    assertThat(image.memory().locate(0x14001)).isEqualTo(0x3001);
    assertThat(image.warnings()).isEmpty();
  }

  @Test
  void severalHolesFollowEachOther() throws ImageException {
    byte[] bytes = new byte[8 * 4096];
    bytes[0x7400] = 7;
    OpenOptions options =
        at(0x1000)
            .withHoles(
                List.of(new AddressRange(0x4c00, 0x10000), new AddressRange(0x18000, 0x1000)));
    MemoryImage image = format().open(file(bytes), options);
    assertThat(image.memory().ranges())
        .containsExactly(
            new AddressRange(0x1000, 0x3c00),
            new AddressRange(0x14c00, 0x3400),
            new AddressRange(0x19000, 0x1000));
    assertThat(image.memory().getByte(0x19400)).isEqualTo(7);
    OpenOptions crossed =
        at(0x1000)
            .withHoles(
                List.of(new AddressRange(0x3000, 0x10000), new AddressRange(0x8000, 0x10000)));
    assertThatThrownBy(() -> format().open(file(bytes), crossed))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("hole 0x8000..0x18000 is not within");
  }

  @Test
  void aHoleOutsideOfTheFilesMemoryIsRefused() {
    for (long start : new long[] {0x800, 0x1000, 0x9000, 0x20000}) {
      OpenOptions options = at(0x1000).withHole(new AddressRange(start, 0x10000));
      assertThatThrownBy(() -> format().open(file(new byte[8 * 4096]), options))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("not within the file's memory");
    }
  }

  @Test
  void textIsRefusedUnlessForced() throws ImageException {
    byte[] text = "Grüße\n\tan alle\r\n".repeat(10_000).getBytes(StandardCharsets.UTF_8);
    assertThat(format().probe(file(text))).isEqualTo(Probe.refused("a text file, not memory"));
    assertThat(format().open(file(text), OpenOptions.defaults()).memory().getByte(0))
        .isEqualTo('G');
  }

  @Test
  void bytesThatAreNoTextAreMemory() {
    assertThat(format().probe(file(new byte[] {'a', 0, 'b'})).isReadable()).isTrue();
    assertThat(format().probe(file(new byte[] {'a', 0x01, 'b'})).isReadable()).isTrue();
    assertThat(format().probe(file(new byte[] {'a', (byte) 0xff, 'b'})).isReadable()).isTrue();
    assertThat(format().probe(file(new byte[] {'a', 0x7f, 'b'})).isReadable()).isTrue();
  }

  @Test
  void aGitLfsPointerIsRefusedAlsoWhenForced() {
    byte[] pointer =
        """
        version https://git-lfs.github.com/spec/v1
        oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
        size 12345
        """
            .getBytes(StandardCharsets.UTF_8);
    assertThat(format().probe(file(pointer)).confidence()).isEqualTo(Probe.Confidence.REFUSED);
    assertThatThrownBy(() -> format().open(file(pointer), OpenOptions.defaults()))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("a Git LFS pointer");
  }

  @Test
  void aFileOfFiveGibibytesIsReadAtItsEnd() throws IOException, ImageException {
    Path large = folder.resolve("large.raw");
    long length = 5L << 30;
    try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
      file.setLength(length); // a hole: takes no place on disk
      file.seek(length - 8);
      file.write(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
    }
    try (MemoryImage image =
        format().open(ImageFile.map(large, "large.raw", ""), OpenOptions.defaults())) {
      Memory memory = image.memory();
      assertThat(memory.getLong(length - 8, 0)).isEqualTo(0x0807060504030201L);
      assertThat(memory.getLong(length - 7, 99)).isEqualTo(99);
      assertThat(memory.getInt((2L << 30) - 2, 99)).isZero();
      assertThat(memory.readBytes(length - 4, 8)).containsExactly(5, 6, 7, 8);
      MemorySegment whole = image.memory().view(0, Long.MAX_VALUE);
      assertThat(whole.byteSize()).isEqualTo(length);
      assertThat(image.warnings()).singleElement().asString().contains("more than 3 GiB");
    }
  }

  private static OpenOptions at(long base) {
    return OpenOptions.defaults().withBase(base);
  }
}
