package io.nestwalk.image.aff4;

import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.ImageFormatContractTest;
import io.nestwalk.image.TestMachine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

class Aff4FormatContractTest extends ImageFormatContractTest {

  /** The zip file's directory with seven or more members, and its end. */
  private static final int DIRECTORY = 640;

  @Override
  protected ImageFormat format() {
    return new Aff4Format();
  }

  @Override
  protected byte[] sample() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TestMachine machine = TestMachine.tiny()) {
      new Aff4Writer("http://code.google.com/p/snappy/", 4096, false)
          .write(machine.memory(), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  @Override
  protected int headerStart() {
    return sample().length - DIRECTORY;
  }

  @Override
  protected int headerLength() {
    return DIRECTORY;
  }
}
