package io.nestwalk.image.lime;

import io.nestwalk.image.ImageFormatFuzzTest;

class LimeFormatFuzzTest extends ImageFormatFuzzTest {
  LimeFormatFuzzTest() {
    super(new LimeFormatContractTest());
  }
}
