package io.nestwalk.image.hyperv;

import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.ImageFormatContractTest;
import io.nestwalk.image.TestMachine;
import java.io.IOException;
import java.io.UncheckedIOException;

class HyperVContractTest extends ImageFormatContractTest {

  @Override
  protected ImageFormat format() {
    return new HyperVFormat();
  }

  @Override
  protected byte[] sample() {
    try {
      return new VmrsWriter(TestMachine.tiny()).toBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  protected int headerStart() {
    return 0x2000;
  }

  /** The tables of objects and keys, and the first of what they name. */
  @Override
  protected int headerLength() {
    return 560;
  }
}
