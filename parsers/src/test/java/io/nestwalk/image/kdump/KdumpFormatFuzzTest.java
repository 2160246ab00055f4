package io.nestwalk.image.kdump;

import io.nestwalk.image.ImageFormatFuzzTest;

class KdumpFormatFuzzTest extends ImageFormatFuzzTest {
  KdumpFormatFuzzTest() {
    super(new KdumpFormatContractTest(), new FlattenedKdumpContractTest());
  }
}
