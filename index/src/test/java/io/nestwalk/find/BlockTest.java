package io.nestwalk.find;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class BlockTest {

  /** All values beside all others: also those that differ in the lowest or the highest bit. */
  @Test
  void theNextByteIsFoundWhateverStandsBesideIt() {
    Random random = new Random(7);
    byte[] values = {0, 1, 2, 0x7f, (byte) 0x80, (byte) 0x81, (byte) 0xfe, (byte) 0xff};
    for (int round = 0; round < 2_000; round++) {
      byte[] bytes = new byte[random.nextInt(40)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = values[random.nextInt(values.length)];
      }
      int length = random.nextInt(bytes.length + 1);
      Block block = new Block(bytes, length);
      for (byte value : values) {
        int next = -1;
        for (int from = length; from >= 0; from--) {
          if (from < length && bytes[from] == value) {
            next = from;
          }
          assertThat(block.indexOf(value, from)).isEqualTo(next);
        }
      }
    }
  }
}
