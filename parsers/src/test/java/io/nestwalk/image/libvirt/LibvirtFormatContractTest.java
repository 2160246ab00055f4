package io.nestwalk.image.libvirt;

import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.ImageFormatContractTest;
import io.nestwalk.image.TestMachine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

class LibvirtFormatContractTest extends ImageFormatContractTest {

  @Override
  protected ImageFormat format() {
    return new LibvirtFormat();
  }

  @Override
  protected byte[] sample() {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      new LibvirtSaveWriter(TestMachine.tiny(), SaveHeader.RAW).write(bytes);
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  protected int headerLength() {
    return 128;
  }
}
