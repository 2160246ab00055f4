package io.nestwalk.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever makes it, it is the same digest. */
class Sha256Test {

  /** FIPS 180-2, appendix B.1. */
  private static final String OF_ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  private static Sha256 openSsl() {
    Optional<Sha256> begun = OpenSsl.begin();
    assumeTrue(begun.isPresent(), "this system has no OpenSSL");
    return begun.orElseThrow();
  }

  @Test
  void theKnownDigestIsMade() {
    for (Sha256 each : new Sha256[] {openSsl(), Sha256.of(3)}) {
      try (each) {
        each.update(direct("abc".getBytes(StandardCharsets.US_ASCII)));
        assertThat(each.hex()).isEqualTo(OF_ABC);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 55, 56, 63, 64, 65, 100_003})
  void blocksOfAnySizeGiveWhatTheJdkMakesOfAll(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    try (Sha256 pieces = openSsl()) {
      ByteBuffer all = direct(bytes);
      int first = size / 3;
      pieces.update(all.duplicate().limit(first));
      pieces.update(all.duplicate().position(first).limit(first));
      pieces.update(all.duplicate().position(first));
      assertThat(pieces.digestOfAll()).isEqualTo(Sha256.digest().digest(bytes));
    }
  }

  @Test
  void theSystemsIsTakenForLargeFilesAlone() {
    openSsl().close();
    try (Sha256 small = Sha256.of(Sha256.LARGE - 1);
        Sha256 large = Sha256.of(Sha256.LARGE)) {
      assertThat(small).isInstanceOf(Sha256.Jdk.class);
      assertThat(large).isInstanceOf(OpenSsl.class);
    }
  }

  private static ByteBuffer direct(byte[] bytes) {
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }
}
