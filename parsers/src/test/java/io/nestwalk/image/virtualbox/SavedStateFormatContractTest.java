package io.nestwalk.image.virtualbox;

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
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Nested;

class SavedStateFormatContractTest {

  /** From the file's start: headers and registers. */
  @Nested
  class Registers extends Contract {
    @Override
    protected int headerLength() {
      return 1500;
    }
  }

  /** From the memory unit on: its structures, lists and first pages. */
  @Nested
  class Memory extends Contract {
    private final int start = start();

    @Override
    protected int headerStart() {
      return start;
    }

    private int start() {
      return new String(sample(), StandardCharsets.ISO_8859_1).lastIndexOf("\nUnit\n");
    }

    @Override
    protected int headerLength() {
      return 400;
    }
  }

  abstract static class Contract extends ImageFormatContractTest {
    @Override
    protected ImageFormat format() {
      return new SavedStateFormat();
    }

    @Override
    protected byte[] sample() {
      byte[] bytes = new byte[4 * TestMachine.PAGE];
      for (int i = 0; i < TestMachine.PAGE; i++) {
        bytes[i] = (byte) ((i * i) >> 4);
        bytes[TestMachine.PAGE + i] = (byte) (i % 100);
      }
      MappedMemory memory =
          MappedMemory.of(
              MemorySegment.ofArray(bytes),
              List.of(
                  new MemoryRun(0, 3L * TestMachine.PAGE, 0),
                  new MemoryRun(0x100000, TestMachine.PAGE, 3L * TestMachine.PAGE)));
      ByteArrayOutputStream sample = new ByteArrayOutputStream();
      try (TestMachine machine =
              new TestMachine(memory, TestMachine.small().cpus().subList(0, 1), null);
          FileSink out = new FileSink(sample)) {
        new SavedStateWriter(machine, out, 0).write();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return sample.toByteArray();
    }
  }
}
