package io.nestwalk.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NestwalkTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return Nestwalk.run(new PrintWriter(out), new PrintWriter(err), args);
  }

  @Test
  void versionGoesToStdout() {
    assertThat(run("--version")).isEqualTo(ExitCode.DONE);
    assertThat(out.toString()).startsWith("nestwalk ");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void wrongUsageIsOneLineOnStderr() {
    assertThat(run("--no-such-option")).isEqualTo(ExitCode.USAGE);
    assertThat(out.toString()).isEmpty();
    assertThat(err.toString().lines()).hasSize(1);
  }

  /** As on a full disk; the second answer is longer than all buffers. */
  @ParameterizedTest
  @ValueSource(strings = {"16", "1000000"})
  void anAnswerThatIsLostIsSaid(String length) {
    assertThat(readInto("No space left on device", length)).isEqualTo(ExitCode.INPUT);
    assertThat(err.toString().lines())
        .filteredOn(line -> !line.contains("warning"))
        .containsExactly("nestwalk: stdout: No space left on device");
  }

  /** As head(1) does; what it does not want to see would take days. */
  @Test
  void aReaderThatLeavesEndsTheCommand() {
    assertThat(readInto("Broken pipe", "99999999999999")).isEqualTo(ExitCode.DONE);
    assertThat(err.toString()).doesNotContain("pipe");
  }

  private int readInto(String fault, String length) {
    OutputStream broken =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException(fault);
          }
        };
    String sample = CommandRun.sample("tinyos.raw.zst");
    PrintWriter writer = new PrintWriter(new StandardOutput(broken), false, UTF_8);
    return Nestwalk.run(writer, new PrintWriter(err), "read", sample, "0", length, "--physical");
  }

  @Test
  void noCommandIsWrongUsage() {
    assertThat(run()).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString().lines()).hasSize(1);
  }
}
