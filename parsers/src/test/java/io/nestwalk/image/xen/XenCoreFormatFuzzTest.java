package io.nestwalk.image.xen;

import io.nestwalk.image.ImageFormatFuzzTest;

class XenCoreFormatFuzzTest extends ImageFormatFuzzTest {
  XenCoreFormatFuzzTest() {
    super(new XenCoreFormatContractTest());
  }
}
