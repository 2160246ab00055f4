package io.nestwalk.image.xen;

import io.nestwalk.image.ImageFormatFuzzTest;

class XenSaveFormatFuzzTest extends ImageFormatFuzzTest {
  XenSaveFormatFuzzTest() {
    super(new XenSaveFormatContractTest());
  }
}
