package io.nestwalk.image.elf;

import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.ImageFormatContractTest;

class ElfFormatContract32Test extends ImageFormatContractTest {

  private final CoreBuilder builder =
      CoreBuilder.class32()
          .machine(CoreBuilder.MACHINE_386)
          .memory(0x1000, new byte[300])
          .note("CORE", 1, CoreBuilder.prStatus(144, 72, 4, 17, 1));

  @Override
  protected ImageFormat format() {
    return new ElfFormat();
  }

  @Override
  protected byte[] sample() {
    return builder.build();
  }

  @Override
  protected int headerLength() {
    return builder.contentsStart();
  }
}
