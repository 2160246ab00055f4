package io.nestwalk.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PendingFileTest {

  private static final String LEFT = ".nestwalk-0123456789abcdef0123456789abcdef.part";

  @TempDir private Path work;
  private Path folder;
  private Path victim;

  @BeforeEach
  void makeFolder() throws IOException {
    folder = Files.createDirectory(work.resolve("folder"));
    victim = Files.writeString(work.resolve("victim"), "precious");
  }

  private static void write(Path file, boolean replace) throws IOException {
    try (PendingFile pending = PendingFile.of(file)) {
      pending.stream().write(new byte[100_000]);
      pending.complete(replace);
    }
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void aFileAppearsWhenItIsComplete() throws IOException {
    Path file = folder.resolve("report");
    try (PendingFile pending = PendingFile.of(file)) {
      pending.stream().write(new byte[100_000]);
      assertThat(file).doesNotExist();
      pending.complete(false);
    }
    assertThat(file).hasSize(100_000);
    assertThat(names()).containsExactly("report");
    assumeTrue(file.getFileSystem().supportedFileAttributeViews().contains("posix"));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void whatIsNotCompletedLeavesNothing() throws IOException {
    Path file = Files.writeString(folder.resolve("report"), "old");
    try (PendingFile pending = PendingFile.of(file)) {
      pending.stream().write(new byte[100_000]);
    }
    assertThat(file).hasContent("old");
    assertThat(names()).containsExactly("report");
  }

  @Test
  void aNameThatIsTakenIsNotTakenAway() throws IOException {
    Path file = folder.resolve("report");
    try (PendingFile pending = PendingFile.of(file)) {
      Files.writeString(file, "came meanwhile");
      assertThatExceptionOfType(OutputException.class)
          .isThrownBy(() -> pending.complete(false))
          .withMessage(file + ": exists");
    }
    assertThat(file).hasContent("came meanwhile");
    assertThat(names()).containsExactly("report");
  }

  @Test
  void noLinkIsFollowedAndNoneIsReplaced() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("report"), victim);
    Path nowhere = Files.createSymbolicLink(folder.resolve("other"), work.resolve("new"));
    for (boolean replace : new boolean[] {false, true}) {
      assertThatExceptionOfType(OutputException.class).isThrownBy(() -> write(link, replace));
      assertThatExceptionOfType(OutputException.class).isThrownBy(() -> write(nowhere, replace));
    }
    assertThat(victim).hasContent("precious");
    assertThat(work.resolve("new")).doesNotExist();
    assertThat(names()).containsExactly("other", "report");
  }

  /** A second name of another file, as an archive can bring it. */
  @Test
  void aHardLinkIsReplacedNotWrittenThrough() throws IOException {
    Path file = Files.createLink(folder.resolve("report"), victim);
    write(file, true);
    assertThat(file).hasSize(100_000);
    assertThat(victim).hasContent("precious");
  }

  @Test
  void sweepingTakesOwnLeftoversAlone() throws IOException {
    Files.writeString(folder.resolve(LEFT), "left by a killed run");
    Path link = folder.resolve(LEFT.replace('0', '1'));
    Files.createSymbolicLink(link, victim);
    Files.writeString(folder.resolve(".nestwalk-notes.part"), "mine");
    Files.createDirectory(folder.resolve(LEFT.replace('0', '2')));
    try (PendingFile living = PendingFile.of(folder.resolve("report"))) {
      PendingFile.sweep(folder);
      living.complete(false);
    }
    assertThat(victim).hasContent("precious");
    assertThat(names())
        .containsExactlyInAnyOrder(
            "report",
            ".nestwalk-notes.part",
            link.getFileName().toString(),
            LEFT.replace('0', '2'));
  }

  /** SIGTERM, as Ctrl-C, takes what is half made away; after SIGKILL the next run does. */
  @Test
  void endedProcessesLeaveNothing() throws Exception {
    Process ended = writer();
    ended.destroy();
    assertThat(ended.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(names()).isEmpty();

    Process killed = writer();
    PendingFile.sweep(folder);
    assertThat(names()).as("another process is writing it").hasSize(1);
    killed.destroyForcibly().waitFor();
    assertThat(names()).hasSize(1);
    write(folder.resolve("next"), false);
    assertThat(names()).containsExactly("next");
  }

  /** To look into an own file and close it again would lose its lock: others then take it. */
  @Test
  void anOwnSweepLeavesOwnFilesLocked() throws Exception {
    Path file = folder.resolve("report");
    try (PendingFile living = PendingFile.of(file)) {
      living.stream().write(new byte[100_000]);
      PendingFile.sweep(folder);
      Process other = started(Sweeper.class, folder);
      assertThat(other.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(other.exitValue()).isZero();
      assertThat(names()).hasSize(1);
      living.complete(false);
    }
    assertThat(file).hasSize(100_000);
  }

  private Process writer() throws IOException {
    Process process = started(Writer.class, folder.resolve("report"));
    assertThat(process.getInputStream().read()).isEqualTo('w');
    return process;
  }

  private static Process started(Class<?> program, Path argument) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            program.getName(),
            argument.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** Sweeps a folder. */
  static final class Sweeper {

    private Sweeper() {}

    public static void main(String[] args) {
      PendingFile.sweep(Path.of(args[0]));
    }
  }

  /** Begins a file and never ends it. */
  static final class Writer {

    private Writer() {}

    public static void main(String[] args) throws Exception {
      try (PendingFile pending = PendingFile.of(Path.of(args[0]))) {
        pending.channel().write(java.nio.ByteBuffer.allocate(1000));
        System.out.write('w');
        System.out.flush();
        Thread.sleep(TimeUnit.MINUTES.toMillis(5));
      }
    }
  }

  @Test
  void aFullDiskIsSaidWithNameAndNeed() {
    Path file = folder.resolve("core");
    IOException full = new IOException("No space left on device");
    assertThat(OutputException.of(file, 5000, 0, full))
        .hasMessageStartingWith(file + ": can't be written, the disk is full: at least 5 KiB are")
        .hasMessageContaining("KiB are free");
    assertThat(OutputException.of(file, 5000, 1 << 20, full))
        .hasMessageContaining("up to 1024 KiB are needed");
    assertThat(OutputException.of(file, 5000, 0, new IOException("Input/output error")))
        .hasMessage(file + ": can't be written: Input/output error");
  }
}
