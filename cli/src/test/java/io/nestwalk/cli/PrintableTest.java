package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PrintableTest {

  @Test
  void whatWorksUnseenIsShown() {
    assertThat(Printable.of("a\u001b[31m\n\t\u007f\u009b"))
        .isEqualTo("a\\x1b[31m\\x0a\\x09\\x7f\\x9b");
    assertThat(Printable.of("a\u202etxt.exe")).isEqualTo("a\\u{202e}txt.exe");
    assertThat(Printable.of("\u2028ls\u2029ps\u2066\u200f"))
        .isEqualTo("\\u{2028}ls\\u{2029}ps\\u{2066}\\u{200f}");
    assertThat(Printable.of(Character.toString(0xe0041))).isEqualTo("\\u{e0041}");
  }

  @Test
  void bytesThatAreNoTextAreShownAsBytes() {
    assertThat(Printable.of("\udc9b31m")).isEqualTo("\\x9b31m");
    assertThat(Printable.of("\ud800x")).isEqualTo("\\u{d800}x");
  }

  @Test
  void ordinaryTextStays() {
    assertThat(Printable.of("nvme-wq 中文字 ü")).isEqualTo("nvme-wq 中文字 ü");
  }
}
