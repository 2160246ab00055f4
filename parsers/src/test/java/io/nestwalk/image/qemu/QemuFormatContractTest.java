package io.nestwalk.image.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.ImageFormatContractTest;
import io.nestwalk.image.MappedMemory;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.TestMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class QemuFormatContractTest extends ImageFormatContractTest {

  /** Filled pages only: so nearly all of the stream is structure. */
  static byte[] smallStream() {
    byte[] memory = new byte[2 << 20];
    TestMachine machine =
        new TestMachine(
            MappedMemory.of(
                MemorySegment.ofArray(memory), List.of(new MemoryRun(0x100000, 0x2000, 0))),
            List.of(TestMachine.small().cpus().getFirst()),
            null);
    try {
      return new MigrationStreamWriter(machine).unrepeated().toBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  protected ImageFormat format() {
    return new QemuFormat();
  }

  @Override
  protected byte[] sample() {
    return smallStream();
  }

  @Override
  protected int headerLength() {
    // The section of the CPU ends here; what follows is text, see below.
    return 1400;
  }

  @Test
  void everyByteOfTheDescriptionMayBeAnother() {
    byte[] sample = smallStream();
    for (int at = headerLength(); at < sample.length; at++) {
      byte[] changed = sample.clone();
      changed[at] ^= (byte) (1 << at % 8);
      try (MemoryImage image = format().open(file(changed), OpenOptions.defaults())) {
        assertThat(image.memory().presentBytes()).isEqualTo(0x2000);
      } catch (ImageException e) {
        throw new AssertionError("byte " + at, e);
      }
    }
  }
}
