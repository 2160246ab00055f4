package io.nestwalk.windows.pe;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.nestwalk.synthetic.SparseMemory;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** An image of a program whose headers, exports, debug directory and resources lie. */
class PeImageFuzzTest {

  private static final long BASE = 0x40_0000;
  private static final int SIZE = 0x3000;

  static Stream<byte[]> images() {
    byte[] whole = FileVersionTest.image().memory().readBytes(BASE, SIZE);
    return IntStream.range(0, 16)
        .mapToObj(
            seed -> {
              byte[] image = Arrays.copyOf(whole, SIZE);
              Random random = new Random(seed);
              for (int i = 0; i < seed; i++) {
                image[random.nextInt(0x1400)] = (byte) random.nextInt();
              }
              return image;
            });
  }

  @MethodSource("images")
  @FuzzTest
  void survives(byte[] bytes) {
    if (bytes == null) {
      return;
    }
    SparseMemory sparse = new SparseMemory();
    sparse.touch(BASE, SIZE);
    for (int i = 0; i + Integer.BYTES <= Math.min(bytes.length, SIZE); i += Integer.BYTES) {
      sparse.putInt(
          BASE + i,
          (bytes[i] & 0xff)
              | ((bytes[i + 1] & 0xff) << 8)
              | ((bytes[i + 2] & 0xff) << 16)
              | (bytes[i + 3] << 24));
    }
    PeImage.codeView(sparse.memory(), BASE);
    PeImage.at(sparse.memory(), BASE)
        .ifPresent(
            image -> {
              image.sections();
              image.exportName();
              image.export("PsInitialSystemProcess");
              image.pdb();
              image.fileVersion();
            });
  }
}
