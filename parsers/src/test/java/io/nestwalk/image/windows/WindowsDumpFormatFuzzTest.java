package io.nestwalk.image.windows;

import io.nestwalk.image.ImageFormatFuzzTest;

class WindowsDumpFormatFuzzTest extends ImageFormatFuzzTest {

  private static final WindowsDumpContractTest TYPES = new WindowsDumpContractTest();

  WindowsDumpFormatFuzzTest() {
    super(TYPES.new Full(), TYPES.new FullOf32Bits(), TYPES.new Bitmap(), TYPES.new Ranges());
  }
}
