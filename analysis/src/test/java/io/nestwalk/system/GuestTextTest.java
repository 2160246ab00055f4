package io.nestwalk.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class GuestTextTest {

  @Property
  void anyBytesComeBack(@ForAll byte[] bytes) {
    assertThat(GuestText.bytes(GuestText.of(bytes, 0, bytes.length))).isEqualTo(bytes);
  }

  @Property
  void validTextIsItself(@ForAll String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    assertThat(GuestText.of(bytes, 0, bytes.length))
        .isEqualTo(new String(bytes, StandardCharsets.UTF_8));
  }

  @Test
  void whatIsNoTextStaysAsItsBytes() {
    byte[] lone = {'a', (byte) 0x9b, 'm', (byte) 0xed, (byte) 0xa0, (byte) 0x80, 0, 'x'};
    assertThat(GuestText.upToZero(lone)).isEqualTo("a\udc9bm\udced\udca0\udc80");
  }

  @Test
  void controlCharactersStay() {
    assertThat(GuestText.upToZero("new\nline\t\u001b[31m".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo("new\nline\t\u001b[31m");
  }
}
