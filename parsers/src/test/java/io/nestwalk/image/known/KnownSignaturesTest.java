package io.nestwalk.image.known;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageFile;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Probe;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KnownSignaturesTest {

  private final KnownSignatures known = new KnownSignatures();

  /** The bytes are those that the formats' writers put there, written out independently. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "4449534b44554d50 | diskdump",
        "4d444d50 | minidump of one process",
        "edeb0ff0 | old Xen core",
        "eeeb0ff0 | old Xen core",
        "0000648684191007 | Firecracker",
        "0000aaaa84191007 | Firecracker",
        "68696272 | hibernation",
        "77616b65 | hibernation",
        "52535452 | hibernation",
        "4556460d0a810000 | -",
        "455646090d0aff00 | EnCase"
      })
  void filesAreNamedByTheirFirstBytes(String hex, String expected) {
    byte[] magic = HexFormat.of().parseHex(hex.replace(" ", ""));
    Probe probe = known.probe(file(Arrays.copyOf(magic, 512)));
    if (expected.equals("-")) {
      assertThat(probe.confidence()).isEqualTo(Probe.Confidence.NO);
      return;
    }
    assertThat(probe.confidence()).isEqualTo(Probe.Confidence.REFUSED);
    assertThat(probe.reason()).contains(expected);
    magic[0] ^= 1;
    assertThat(known.probe(file(Arrays.copyOf(magic, 512))).reason()).doesNotContain(expected);
  }

  @Test
  void aFileShorterThanASignatureIsNotRecognised() {
    assertThat(known.probe(file(new byte[] {'h', 'i', 'b'})).confidence())
        .isEqualTo(Probe.Confidence.NO);
  }

  @Test
  void nothingIsOpened() {
    assertThat(known.isReadable()).isFalse();
    assertThatThrownBy(
            () -> known.open(file(new byte[] {'h', 'i', 'b', 'r'}), OpenOptions.defaults()))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("hibernation");
  }

  private static ImageFile file(byte[] bytes) {
    return ImageFile.over(MemorySegment.ofArray(bytes), Path.of("test"), "test", "");
  }
}
