package io.nestwalk.image.hyperv;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.OpenOptions;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any bytes are described in one line, and refused. */
class HyperVFormatFuzzTest {

  static Stream<byte[]> samples() {
    return Stream.of(HyperVFormatTest.storeWithRam());
  }

  @MethodSource("samples")
  @FuzzTest
  void isDescribedAndRefused(byte[] bytes) {
    if (bytes == null || bytes.length == 0) {
      return;
    }
    HyperVFormat format = new HyperVFormat();
    ImageFile file = ImageFile.over(MemorySegment.ofArray(bytes), Path.of("test"), "test", "");
    String reason = format.probe(file).reason();
    if (reason.isBlank() || reason.contains("\n") || reason.length() > 2000) {
      throw new AssertionError(reason);
    }
    try {
      format.open(file, OpenOptions.defaults()).close();
      throw new AssertionError("opened");
    } catch (ImageException e) {
      // As it should be.
    }
  }
}
