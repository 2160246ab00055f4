package io.nestwalk.image.lime;

import io.nestwalk.image.FileSink;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.ImageFormatContractTest;
import io.nestwalk.image.TestMachine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

class AvmlFormatContractTest extends ImageFormatContractTest {

  @Override
  protected ImageFormat format() {
    return new AvmlFormat();
  }

  @Override
  protected byte[] sample() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TestMachine machine = TestMachine.tiny();
        FileSink out = new FileSink(bytes)) {
      new AvmlWriter(2 * 4096, false).write(machine, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  @Override
  protected int headerLength() {
    return 80;
  }
}
