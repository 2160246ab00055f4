package io.nestwalk.image.virtualbox;

import io.nestwalk.image.ImageFormatFuzzTest;

class SavedStateFormatFuzzTest extends ImageFormatFuzzTest {
  SavedStateFormatFuzzTest() {
    super(new SavedStateFormatContractTest().new Registers());
  }
}
