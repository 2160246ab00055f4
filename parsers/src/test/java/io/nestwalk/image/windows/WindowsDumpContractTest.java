package io.nestwalk.image.windows;

import io.nestwalk.image.ImageFormat;
import io.nestwalk.image.ImageFormatContractTest;
import io.nestwalk.image.TestMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import org.junit.jupiter.api.Nested;

/** The fields of the header that are read stand in its first bytes and its last ones. */
class WindowsDumpContractTest {

  @Nested
  class Full extends Contract {
    Full() {
      super(1, 0xe0);
    }
  }

  @Nested
  class FullOf32Bits extends Contract {
    FullOf32Bits() {
      super(1, 0x90);
    }

    @Override
    WindowsDumpWriter writer(TestMachine machine, int type) {
      return new WindowsDumpWriter(machine, false, type, 0x14c);
    }
  }

  @Nested
  class Bitmap extends BehindTheHeader {
    Bitmap() {
      super(5);
    }
  }

  @Nested
  class Ranges extends BehindTheHeader {
    Ranges() {
      super(10);
    }
  }

  abstract static class Contract extends ImageFormatContractTest {
    private final int type;
    private final int headerLength;
    private final byte[] sample;

    Contract(int type, int headerLength) {
      this.type = type;
      this.headerLength = headerLength;
      try (TestMachine machine = WindowsDumpFormatTest.machine()) {
        sample = WindowsDumpFormatTest.dump(writer(machine, this.type));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    WindowsDumpWriter writer(TestMachine machine, int dumpType) {
      return WindowsDumpWriter.amd64(machine, dumpType);
    }

    @Override
    protected ImageFormat format() {
      return new WindowsDumpFormat();
    }

    @Override
    protected byte[] sample() {
      return Arrays.copyOf(sample, sample.length);
    }

    @Override
    protected int headerLength() {
      return headerLength;
    }
  }

  /** What is of interest begins at 0x2000, so the first bytes are left as they are. */
  abstract static class BehindTheHeader extends Contract {
    BehindTheHeader(int type) {
      super(type, 0x60);
    }

    @Override
    protected int headerStart() {
      return 0x2000;
    }
  }
}
