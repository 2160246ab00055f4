package io.nestwalk.image.qemu;

import io.nestwalk.image.ImageFormatFuzzTest;

class QemuFormatFuzzTest extends ImageFormatFuzzTest {
  QemuFormatFuzzTest() {
    super(new QemuFormatContractTest());
  }
}
