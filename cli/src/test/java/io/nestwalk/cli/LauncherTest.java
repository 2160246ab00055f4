package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher of a checkout, over a JDK that does nothing but what is asked here. */
class LauncherTest {

  private static final Path LAUNCHER =
      Path.of(System.getProperty("nestwalk.root", "..")).resolve("nestwalk").toAbsolutePath();

  @TempDir private Path work;
  private Path folder;

  @BeforeEach
  void needsShell() {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "there is no /bin/sh: nothing is examined");
    assumeTrue(Files.isRegularFile(LAUNCHER), "the launcher is not there: nothing is examined");
  }

  /** A checkout that is built, with a {@code java} that is a script. */
  private void checkOut(String name, String java) throws IOException {
    folder = work.resolve(name);
    Path app = Files.createDirectories(folder.resolve("cli/target/app"));
    Files.writeString(app.resolve("nestwalk-cli-0.jar"), "");
    Files.writeString(app.resolve("built"), "");
    Path tools = Files.createDirectories(folder.resolve("tools/launcher"));
    try (Stream<Path> files = Files.list(LAUNCHER.resolveSibling("tools/launcher"))) {
      for (Path file : files.toList()) {
        Files.copy(file, tools.resolve(file.getFileName()));
      }
    }
    Files.copy(LAUNCHER, folder.resolve("nestwalk"));
    Path bin = Files.createDirectories(work.resolve("jdk/bin"));
    for (String tool : List.of("java", "javac")) {
      Files.writeString(bin.resolve(tool), "#!/bin/sh\n" + java);
      assertThat(bin.resolve(tool).toFile().setExecutable(true)).isTrue();
    }
    Files.writeString(work.resolve("jdk/release"), "JAVA_VERSION=\"25.0.1\"\n");
  }

  private Process start(String... arguments) throws IOException {
    ProcessBuilder builder = new ProcessBuilder("/bin/sh", folder.resolve("nestwalk").toString());
    builder.command().addAll(List.of(arguments));
    builder.environment().put("JAVA_HOME", work.resolve("jdk").toString());
    builder.environment().put("WORK", work.toString());
    return builder
        .redirectOutput(work.resolve("out").toFile())
        .redirectError(work.resolve("err").toFile())
        .start();
  }

  private static int exitCode(Process process) throws InterruptedException {
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).as("it ends").isTrue();
    return process.exitValue();
  }

  private List<String> names(Path of) throws IOException {
    try (Stream<Path> files = Files.list(of)) {
      return files.map(path -> path.getFileName().toString()).toList();
    }
  }

  /** What prepares quick starts would go on in the background, and leave what it makes. */
  @Test
  void whoIsInterruptedWhilePreparingLeavesNothing() throws Exception {
    checkOut(
        "checkout",
        """
        for arg; do
          case $arg in
            -XX:AOTCacheOutput=*)
              while :; do
                echo >>"$WORK/beat.${arg##*.}.$$"
                : >"${arg#*=}.config"
                sleep 0.1
              done
              ;;
          esac
        done
        """);
    Process process = start("ps", "image");
    long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (beats().size() < 2) {
      assertThat(System.nanoTime()).as("two lanes begin").isLessThan(patience);
      Thread.sleep(20);
    }
    process.destroy();

    assertThat(exitCode(process)).isEqualTo(143);
    List<Long> then = beats();
    Thread.sleep(500);
    assertThat(beats()).as("nothing goes on").isEqualTo(then);
    assertThat(names(folder.resolve("target/launcher")))
        .noneMatch(name -> name.startsWith("new.") || name.endsWith(".tried"));
    assertThat(folder.resolve("target/launcher.lock")).doesNotExist();
    assertThat(work.resolve("err")).isEmptyFile();
  }

  /** How often each of the JVMs that prepare did something. */
  private List<Long> beats() throws IOException {
    try (Stream<Path> files = Files.list(work)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("beat."))
          .map(file -> file.toFile().length())
          .sorted()
          .toList();
    }
  }

  @Test
  void aFolderThatJavaCanNotStartFromIsRefusedInOneLine() throws Exception {
    checkOut("a:b", "exit 9\n");
    assertThat(exitCode(start("--version"))).isEqualTo(ExitCode.INPUT);
    assertThat(Files.readString(work.resolve("err")).strip())
        .doesNotContain("\n")
        .contains("colon");
    assertThat(folder.resolve("target")).doesNotExist();
  }

  /** A cache of the kind goes with the command, where there is one. */
  @Test
  void aCommandStartsFromTheCacheOfItsKind() throws Exception {
    checkOut("checkout", "printf '%s\\n' \"$@\"\n");
    Path caches = Files.createDirectories(folder.resolve("target/launcher"));
    Files.writeString(caches.resolve("25.0.1.tried"), "");
    Files.writeString(caches.resolve("25.0.1.list.aot"), "");
    assertThat(exitCode(start("lsof", "image"))).isZero();
    assertThat(work.resolve("out")).content().contains("25.0.1.list.aot").contains("lsof\nimage\n");
    assertThat(exitCode(start("ps", "image"))).isZero();
    assertThat(work.resolve("out")).content().doesNotContain("AOTCache").contains("ps\nimage\n");
  }
}
