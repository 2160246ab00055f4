package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class HoleOptionTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {"3G-4G", "3g:4g", "0xc0000000-0x100000000", "3072M-4G", "3.0G:0x100000000"})
  void aHoleIsWrittenInAnyForm(String text) {
    assertThat(new HoleConverter().convert(text).toString()).isEqualTo("0xc0000000..0x100000000");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "3G", "4G-3G", "0-4G", "3G-3G", "3G-4G-5G", "x-4G", "0.1K-1K", "-4G"})
  void whatIsNoHoleIsSaidSo(String text) {
    assertThatThrownBy(() -> new HoleConverter().convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("is not a hole");
  }

  @Test
  void theHoleShowsInTheRunsOfInfo() throws Exception {
    Path file = folder.resolve("memory.bin");
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(1 << 20);
    }
    CommandRun run = CommandRun.of("info", file.toString(), "--hole", "512K-1M");
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("0x100000").contains("0x80000");
    assertThat(CommandRun.of("info", file.toString(), "--hole", "2M-3M").code()).isEqualTo(3);
    assertThat(Files.size(file)).isEqualTo(1 << 20);
  }
}
