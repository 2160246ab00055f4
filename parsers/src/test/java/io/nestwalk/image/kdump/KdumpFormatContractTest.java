package io.nestwalk.image.kdump;

import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.ImageFormatContractTest;
import io.nestwalk.image.MappedMemory;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.TestMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

class KdumpFormatContractTest extends ImageFormatContractTest {

  @Override
  protected ImageFormat format() {
    return new KdumpFormat();
  }

  @Override
  protected byte[] sample() {
    byte[] memory = new byte[5 * KdumpWriter.PAGE];
    for (int i = 0; i < memory.length; i++) {
      memory[i] = (byte) (i >> 5);
    }
    List<MemoryRun> runs = List.of(new MemoryRun(0x3000, memory.length, 0));
    TestMachine machine =
        new TestMachine(
            MappedMemory.of(MemorySegment.ofArray(memory), runs),
            List.of(TestMachine.small().cpus().getFirst()),
            null);
    try {
      return folded(new KdumpWriter(machine).toBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As it is; a subclass wraps it. */
  byte[] folded(byte[] file) throws IOException {
    return Arrays.copyOf(file, file.length);
  }

  @Override
  protected int headerLength() {
    return 600;
  }
}
