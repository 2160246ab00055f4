package io.nestwalk.image.hyperv;

import io.nestwalk.image.ImageFormatFuzzTest;

class HyperVFormatFuzzTest extends ImageFormatFuzzTest {
  HyperVFormatFuzzTest() {
    super(new HyperVContractTest());
  }
}
