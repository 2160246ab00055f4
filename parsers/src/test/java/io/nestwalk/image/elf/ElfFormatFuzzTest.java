package io.nestwalk.image.elf;

import io.nestwalk.image.ImageFormatFuzzTest;

class ElfFormatFuzzTest extends ImageFormatFuzzTest {
  ElfFormatFuzzTest() {
    super(new ElfFormatContractTest(), new ElfFormatContract32Test());
  }
}
