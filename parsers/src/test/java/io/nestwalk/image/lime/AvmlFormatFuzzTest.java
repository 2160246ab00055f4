package io.nestwalk.image.lime;

import io.nestwalk.image.ImageFormatFuzzTest;

class AvmlFormatFuzzTest extends ImageFormatFuzzTest {
  AvmlFormatFuzzTest() {
    super(new AvmlFormatContractTest());
  }
}
