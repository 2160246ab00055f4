package io.nestwalk.image.kdump;

import java.io.IOException;

class FlattenedKdumpContractTest extends KdumpFormatContractTest {

  @Override
  byte[] folded(byte[] file) throws IOException {
    return KdumpWriter.flattened(file);
  }

  @Override
  protected int headerLength() {
    return 64;
  }
}
