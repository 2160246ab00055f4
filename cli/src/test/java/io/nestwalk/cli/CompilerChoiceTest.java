package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Which compilers the launchers give to a command: the second one where it saves more than it
 * costs.
 */
class CompilerChoiceTest {

  private static final Path CHOICE =
      Path.of(System.getProperty("nestwalk.root", ".."))
          .resolve("tools/launcher/compilers.sh")
          .toAbsolutePath();

  private static final int LARGE = 66 << 20;

  @TempDir private static Path work;

  @BeforeAll
  static void makeImages() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "there is no /bin/sh");
    assumeTrue(Files.isRegularFile(CHOICE), "the launcher is not there");
    Files.write(work.resolve("small"), new byte[4096]);
    byte[] large = new byte[LARGE];
    Arrays.fill(large, (byte) 1);
    Files.write(work.resolve("large"), large);
    Files.createDirectory(work.resolve("folder"));
  }

  private static String flags(String... line) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of("/bin/sh", "-ec", ". \"$0\"; compiler_flags 25.0.1 \"$@\"", CHOICE.toString()));
    command.addAll(List.of(line));
    Process process =
        new ProcessBuilder(command).directory(work.toFile()).redirectErrorStream(true).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(printed).isZero();
    return printed;
  }

  private static boolean hasSecond(String... line) throws Exception {
    return !flags(line).contains("-XX:TieredStopAtLevel=1");
  }

  @Test
  void anAnalysisHasTheSecondOneForALongDigestAlone() throws Exception {
    assertThat(hasSecond("analyze", "small")).isFalse();
    assertThat(hasSecond("analyze", "large", "-o", "case")).isTrue();
    assertThat(hasSecond("analyze", "large", "--no-sha256")).isFalse();
    assertThat(hasSecond("analyze", "--sha256", "small")).isTrue();
    assertThat(hasSecond("analyze", "folder")).isTrue();
    assertThat(hasSecond("analyze", "small", "-o", "folder")).isFalse();
    assertThat(hasSecond("index", "large")).isFalse();
    assertThat(flags("analyze", "large")).contains("-XX:CompileThresholdScaling=3");
  }

  @Test
  void questionsDoWithoutIt() throws Exception {
    assertThat(hasSecond()).isFalse();
    assertThat(hasSecond("--help")).isFalse();
    assertThat(hasSecond("ps", "large")).isFalse();
    assertThat(hasSecond("find", "folder", "--regex", "x")).isFalse();
    assertThat(hasSecond("search", "folder", "x")).isFalse();
    assertThat(hasSecond("serve", "large")).isTrue();
    assertThat(flags("serve", "large")).isEmpty();
  }
}
