package io.nestwalk.image.xen;

import io.nestwalk.image.FileSink;
import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.ImageFormatContractTest;
import io.nestwalk.image.TestMachine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

class XenSaveFormatContractTest extends ImageFormatContractTest {

  @Override
  protected ImageFormat format() {
    return new XenSaveFormat();
  }

  @Override
  protected byte[] sample() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (FileSink out = new FileSink(bytes)) {
      new XenSaveWriter(TestMachine.tiny(), 2).write(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  @Override
  protected int headerLength() {
    return 400;
  }
}
