package io.nestwalk.image.libvirt;

import io.nestwalk.image.ImageFormatFuzzTest;

class LibvirtFormatFuzzTest extends ImageFormatFuzzTest {
  LibvirtFormatFuzzTest() {
    super(new LibvirtFormatContractTest());
  }
}
