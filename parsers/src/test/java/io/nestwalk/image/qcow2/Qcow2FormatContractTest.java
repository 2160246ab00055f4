package io.nestwalk.image.qcow2;

import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.ImageFormatContractTest;
import io.nestwalk.image.MappedMemory;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.TestMachine;
import io.nestwalk.image.qemu.MigrationStreamWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

class Qcow2FormatContractTest extends ImageFormatContractTest {

  @Override
  protected ImageFormat format() {
    return new Qcow2Format();
  }

  @Override
  protected byte[] sample() {
    byte[] memory = new byte[0x2000];
    memory[5] = 1;
    TestMachine machine =
        new TestMachine(
            MappedMemory.of(
                MemorySegment.ofArray(memory), List.of(new MemoryRun(0x100000, 0x2000, 0))),
            List.of(TestMachine.small().cpus().getFirst()),
            null);
    try {
      ByteArrayOutputStream stream = new ByteArrayOutputStream();
      new MigrationStreamWriter(machine).write(stream);
      return new Qcow2Writer(1 << 20).snapshot("only", 1, stream.toByteArray()).toBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  protected int headerLength() {
    return 104;
  }
}
