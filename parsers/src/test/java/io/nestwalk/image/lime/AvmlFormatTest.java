package io.nestwalk.image.lime;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.AddressRange;
import io.nestwalk.image.FileSink;
import io.nestwalk.image.FormatAgreementTest;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.TestMachine;
import io.nestwalk.wording.Count;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AvmlFormatTest extends FormatAgreementTest {

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final FileSink out = new FileSink(bytes);
  private final byte[] noise = new byte[200_000];

  AvmlFormatTest() {
    new Random(3).nextBytes(noise);
  }

  @Override
  protected Path write(TestMachine machine, Path folder) throws IOException {
    Path file = folder.resolve("dump.avml");
    try (FileSink sink = new FileSink(file)) {
      new AvmlWriter(16 << 20, false).write(machine, sink);
    }
    return file;
  }

  @Override
  protected String format() {
    return "avml";
  }

  @Override
  protected Set<String> registers() {
    return Set.of();
  }

  @Override
  protected List<String> warnings(TestMachine machine) {
    return List.of(
        "AVML leaves out blocks that are all zeros: in %s between ranges what is absent may have been zeros"
            .formatted(Count.of(machine.memory().ranges().size() - 1, "gap")));
  }

  @Test
  void blocksThatWereLeftOutAreAbsentAndTheGapIsTold() throws Exception {
    AvmlWriter.block(out, 0x10000, noise);
    AvmlWriter.block(out, 0x1000000, noise);
    MemoryImage image = open(bytes.toByteArray());
    assertThat(image.memory().ranges())
        .containsExactly(
            new AddressRange(0x10000, noise.length), new AddressRange(0x1000000, noise.length));
    assertThat(image.memory().readBytes(0x1000000, noise.length + 1)).isEqualTo(noise);
    assertThat(image.memory().locate(0x10000)).isEqualTo(Memory.NOWHERE);
    assertThat(image.warnings()).singleElement().asString().contains("in 1 gap");
  }

  @Test
  void aDamagedChunkIsMissingAndNoMoreThanThat() throws Exception {
    AvmlWriter.block(out, 0, noise);
    byte[] file = bytes.toByteArray();
    file[32 + 10 + 8 + 70_000] ^= 1; // in the second chunk
    MemoryImage image = open(file);
    assertThat(image.memory().isPresent(0xffff)).isTrue();
    assertThat(image.memory().isPresent(0x10000)).isFalse();
    assertThat(image.memory().isPresent(0x1ffff)).isFalse();
    assertThat(image.memory().getByte(0x20000)).isEqualTo(noise[0x20000] & 0xff);
    assertThat(image.memory().unreadableBytes()).isEqualTo(0x10000);
  }

  @Test
  void aCutFileKeepsItsWholeChunks() throws Exception {
    AvmlWriter.block(out, 0, noise);
    byte[] file = bytes.toByteArray();
    MemoryImage image = open(Arrays.copyOf(file, file.length - 1000));
    assertThat(image.memory().presentBytes()).isEqualTo(3 * 65536);
    assertThat(image.warnings()).singleElement().asString().contains("damaged or cut");
    image = open(Arrays.copyOf(file, file.length - 3));
    assertThat(image.memory().presentBytes()).isEqualTo(noise.length);
    assertThat(image.warnings()).singleElement().asString().contains("whose memory is whole");
  }

  @Test
  void aWrongLengthFieldIsTold() throws Exception {
    AvmlWriter.block(out, 0, noise);
    byte[] file = bytes.toByteArray();
    file[file.length - 8] ^= 1;
    assertThat(open(file).warnings()).singleElement().asString().contains("its length field says");
  }

  private static MemoryImage open(byte[] file) throws ImageException {
    return new AvmlFormat()
        .open(
            ImageFile.over(MemorySegment.ofArray(file), Path.of("test"), "test", ""),
            OpenOptions.defaults());
  }
}
