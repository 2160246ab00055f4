package io.nestwalk.image.qcow2;

import io.nestwalk.image.ImageFormatFuzzTest;

class Qcow2FormatFuzzTest extends ImageFormatFuzzTest {
  Qcow2FormatFuzzTest() {
    super(new Qcow2FormatContractTest());
  }
}
