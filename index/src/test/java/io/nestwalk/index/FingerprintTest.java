package io.nestwalk.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FingerprintTest {

  @Test
  void itIsTheTwoChecksumsOfAllThatWasAdded() {
    Fingerprint fingerprint = new Fingerprint();
    // The check values of CRC-32 and CRC-32C in the catalogue of parametrised CRC algorithms.
    fingerprint.add(ByteBuffer.wrap("12345".getBytes(StandardCharsets.US_ASCII)));
    fingerprint.add(ByteBuffer.wrap("6789".getBytes(StandardCharsets.US_ASCII)));
    assertThat(fingerprint.hex()).isEqualTo("cbf43926e3069283");
  }

  @Test
  void aBufferIsReadToItsEnd() {
    ByteBuffer bytes = ByteBuffer.wrap(new byte[] {1, 2, 3});
    new Fingerprint().add(bytes);
    assertThat(bytes.remaining()).isZero();
  }

  @Test
  void textsAreToldApartByWhereTheyEnd() {
    Set<String> all = new HashSet<>();
    for (String[] texts : new String[][] {{"ab", "c"}, {"a", "bc"}, {"abc", ""}, {"", "abc"}}) {
      Fingerprint fingerprint = new Fingerprint();
      for (String text : texts) {
        fingerprint.add(text);
      }
      all.add(fingerprint.hex());
    }
    assertThat(all).hasSize(4);
  }

  @Test
  void numbersCountInTheirOrder() {
    Fingerprint one = new Fingerprint();
    one.add(1);
    one.add(2);
    Fingerprint other = new Fingerprint();
    other.add(2);
    other.add(1);
    assertThat(one.hex()).isNotEqualTo(other.hex());
  }
}
