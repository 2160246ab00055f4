package io.nestwalk.image.vmware;

import io.nestwalk.image.FileSink;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.ImageFormatContractTest;
import io.nestwalk.image.MappedMemory;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.TestMachine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A checkpoint with its memory in it: everything up to the memory is headers. */
class VmwareFormatContractTest extends ImageFormatContractTest {

  @Override
  protected ImageFormat format() {
    return new VmwareFormat();
  }

  @Override
  protected byte[] sample() {
    MappedMemory memory =
        MappedMemory.of(
            MemorySegment.ofArray(new byte[2 * TestMachine.PAGE]),
            List.of(
                new MemoryRun(0, TestMachine.PAGE, 0),
                new MemoryRun(0x10000, TestMachine.PAGE, TestMachine.PAGE)));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TestMachine machine =
            new TestMachine(memory, TestMachine.small().cpus().subList(0, 1), null);
        FileSink out = new FileSink(bytes)) {
      new CheckpointWriter(machine).blocks().inline().write(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  @Override
  protected int headerLength() {
    return 1000;
  }
}
