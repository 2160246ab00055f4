package io.nestwalk.image.ewf;

import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.ImageFormatContractTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;

class EwfContractTest extends ImageFormatContractTest {

  @Override
  protected ImageFormat format() {
    return new EwfFormat();
  }

  @Override
  protected byte[] sample() {
    byte[] content = new byte[3 * EwfWriter.CHUNK];
    Arrays.fill(content, (byte) 5);
    try {
      return new EwfWriter(content, 9).files().getFirst();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  protected int headerLength() {
    return 120;
  }
}
