package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A triage dump of Windows: pieces of the kernel's virtual memory, and no physical memory. */
class DumpOfPiecesTest {

  private static final Path DUMP =
      Path.of(System.getProperty("nestwalk.images", "../../shared/images"))
          .resolve("real/rizin-triage_x64.dmp");

  @BeforeAll
  static void dump() {
    assumeTrue(Files.exists(DUMP), () -> "no dump at " + DUMP);
  }

  @Test
  void anAddressIsTheKernelsWhereNoRootIsKnown() {
    CommandRun run = CommandRun.of("read", DUMP.toString(), "0xfffff8047c61e200", "8");
    assertThat(run.out()).contains("c8 45 e9 dc 8b c0 ff ff");
  }

  /** Neither looks like nothing there. */
  @Test
  void whatIsNotReadIsSaid() {
    assertThat(CommandRun.of("dmesg", DUMP.toString()).err()).contains("its log is not known");
    CommandRun run = CommandRun.of("find", DUMP.toString(), "--text", "System");
    assertThat(run.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(run.err()).contains("nothing was searched");
  }
}
