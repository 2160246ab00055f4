package io.nestwalk.image.ewf;

import io.nestwalk.image.ImageFormatFuzzTest;

class EwfFormatFuzzTest extends ImageFormatFuzzTest {
  EwfFormatFuzzTest() {
    super(new EwfContractTest());
  }
}
