package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Advice;
import io.nestwalk.image.ImageException;
import io.nestwalk.image.ImageOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SpellingTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "HEAP")
  void whatIsAdvisedIsAnOption(ImageOption option) {
    String help = CommandRun.of("translate", "--help").out();
    assertThat(help).contains(Spelling.of(option));
  }

  @Test
  void adviceNamesTheOptionAndTheValue() {
    assertThat(Spelling.of(Advice.of(ImageOption.BASE, 0x8000_0000L, "tables from there on")))
        .isEqualTo("tables from there on (--base 0x80000000)");
    assertThat(Spelling.of(ImageException.advising("file", "rule", List.of(ImageOption.META))))
        .isEqualTo(" (--meta)");
    assertThat(Spelling.of(new ImageException("file", "rule"))).isEmpty();
  }

  @Test
  void whatIsGivenInVainIsWarnedOfOnceAndSpelt() throws IOException {
    Path raw = Files.write(folder.resolve("zeros.raw"), new byte[1 << 16]);
    CommandRun run = CommandRun.of("info", raw.toString(), "--snapshot", "one", "--base", "0x1000");
    assertThat(run.err().lines().filter(line -> line.contains("is not used")))
        .containsExactly(
            "nestwalk: warning: the snapshot is not used: the format raw takes none (--snapshot)");
  }
}
