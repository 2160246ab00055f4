package io.nestwalk.image.elf;

import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.ImageFormatContractTest;

class ElfFormatContractTest extends ImageFormatContractTest {

  private final CoreBuilder builder =
      CoreBuilder.class64()
          .countInSection()
          .memory(0x1000, new byte[300])
          .memory(0x1040, new byte[200])
          .note("CORE", 1, CoreBuilder.prStatus(336, 112, 8, 27, 1))
          .note("QEMU", 0, CoreBuilder.qemuCpu(1, 0x80000001L, 0x1000, 0x20, 0xa09b00))
          .note("VMCOREINFO", 0, new byte[] {'A', '=', '1'});

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
