package io.nestwalk.image.aff4;

import io.nestwalk.image.ImageFormatFuzzTest;

class Aff4FormatFuzzTest extends ImageFormatFuzzTest {
  Aff4FormatFuzzTest() {
    super(new Aff4FormatContractTest());
  }
}
