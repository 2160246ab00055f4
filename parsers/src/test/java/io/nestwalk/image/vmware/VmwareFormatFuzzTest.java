package io.nestwalk.image.vmware;

import io.nestwalk.image.ImageFormatFuzzTest;

class VmwareFormatFuzzTest extends ImageFormatFuzzTest {
  VmwareFormatFuzzTest() {
    super(new VmwareFormatContractTest());
  }
}
