package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The program as a shell starts it: in the C locale, without an environment, on a full disk. Names
 * beyond ASCII are made by the shell, for this JVM may itself run in the C locale.
 */
class SurroundingsTest {

  private static final Path SHELL = Path.of("/bin/sh");
  private static final Path LAUNCHER =
      Path.of(System.getProperty("nestwalk.root", "..")).resolve("nestwalk").toAbsolutePath();

  private static final int PAGES = 64;

  /** "pr\u00fcfung" and "\u00e4rger-\u691c.raw", in the bytes of UTF-8. */
  private static final String NAMES =
      """
      folder=$(printf 'pr\\303\\274fung')
      image=$(printf '\\303\\244rger-\\346\\244\\234.raw')
      """;

  private static final String IMAGE = "\u00e4rger-\u691c.raw";

  @TempDir private Path work;

  @BeforeEach
  void needsShell() throws IOException {
    assumeTrue(Files.isExecutable(SHELL), "there is no /bin/sh: nothing is examined");
    byte[] memory = new byte[PAGES * 4096];
    memory[5000] = 1;
    Files.write(work.resolve("memory"), memory);
  }

  /** A script's exit code; what it prints goes to the files "out" and "err". */
  private int run(String script) throws Exception {
    Files.writeString(work.resolve("script"), script, StandardCharsets.US_ASCII);
    Process process =
        new ProcessBuilder(SHELL.toString(), "script")
            .directory(work.toFile())
            .redirectOutput(work.resolve("out").toFile())
            .redirectError(work.resolve("err").toFile())
            .start();
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("it ends").isTrue();
    return process.exitValue();
  }

  private String text(String file) throws IOException {
    return Files.readString(work.resolve(file));
  }

  /** What the launcher takes for the built program: these classes. */
  private void writeProgram() throws IOException {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.put(Attributes.Name.MAIN_CLASS, Nestwalk.class.getName());
    main.put(
        Attributes.Name.CLASS_PATH,
        classPath().map(path -> path.toUri().toString()).collect(Collectors.joining(" ")));
    try (OutputStream file = Files.newOutputStream(work.resolve("program.jar"));
        JarOutputStream jar = new JarOutputStream(file, manifest)) {
      jar.finish();
    }
  }

  private static Stream<Path> classPath() {
    return Stream.of(System.getProperty("java.class.path").split(java.io.File.pathSeparator))
        .map(each -> Path.of(each).toAbsolutePath());
  }

  private static String javaHome() {
    return System.getProperty("java.home");
  }

  /** Quick starts are prepared in one of them: that takes as long as twenty commands. */
  @ParameterizedTest
  @CsvSource({
    "env -i LC_ALL=C, true",
    "env -i, false",
    "env LC_ALL=POSIX LANG=C, false",
    "env -i LANG=en_US, false"
  })
  void namesBeyondAsciiAreTheSameInEveryLocale(String environment, boolean prepared)
      throws Exception {
    assumeTrue(Files.isRegularFile(LAUNCHER), "the launcher is not there: nothing is examined");
    assumeTrue(
        Files.isExecutable(Path.of(javaHome(), "bin", "javac")),
        "this Java is no JDK, which the launcher asks for: nothing is examined");
    writeProgram();
    String start =
        "%s JAVA_HOME='%s' XDG_CACHE_HOME=\"$PWD/cache\" \"$folder/nestwalk\" "
            .formatted(environment, javaHome());
    int code =
        run(
            NAMES
                + """
                set -e
                mkdir -p "$folder/cli/target/app" "$folder/tools"
                cp '%s' "$folder/nestwalk"
                cp -r '%s' "$folder/tools/launcher"
                cp program.jar "$folder/cli/target/app/nestwalk-cli-0.jar"
                : >"$folder/cli/target/app/built"
                mkdir -p "$folder/target/launcher"
                %s : >"$folder/target/launcher/%s.tried"
                cp memory "$image"
                """
                    .formatted(
                        LAUNCHER,
                        LAUNCHER.resolveSibling("tools/launcher"),
                        prepared ? "#" : "",
                        System.getProperty("java.version"))
                + start
                + "info \"$image\"\n"
                + start
                + "analyze \"$image\"\n"
                + "[ -f \"$image.nestwalk/report.html\" ]\n");
    assertThat(text("err")).doesNotContain("nestwalk: cannot", "Exception", "?");
    assertThat(code).isZero();
    assertThat(text("out")).contains("image   " + IMAGE).contains(IMAGE + ".nestwalk");
  }

  private String java() {
    List<String> command =
        new ArrayList<>(
            List.of(
                javaHome() + "/bin/java",
                "-XX:-UsePerfData",
                "-XX:TieredStopAtLevel=1",
                "-Dnestwalk.cache=" + work.resolve("cache"),
                "-cp",
                classPath().map(Path::toString).collect(Collectors.joining(":")),
                Nestwalk.class.getName()));
    return command.stream().map(each -> "'" + each + "'").collect(Collectors.joining(" ")) + " ";
  }

  /** Help needs no provider of a user's jars; what does says which one can't be loaded. */
  @Test
  void aPluginThatDoesNotFitConcernsWhatNeedsItAlone() throws Exception {
    Path services = Files.createDirectories(work.resolve("plugin/META-INF/services"));
    Files.writeString(services.resolve("io.nestwalk.image.ImageFormat"), "no.such.Provider");
    String help = java().replace("' 'io.nestwalk", ":plugin' 'io.nestwalk") + "ps --help\n";
    assertThat(run(help)).isZero();
    assertThat(text("err")).isEmpty();
    assertThat(run(help.replace("--help", "memory"))).isEqualTo(ExitCode.INPUT);
    assertThat(text("err").lines())
        .singleElement()
        .asString()
        .contains("NESTWALK_PLUGINS", "no.such.Provider");
  }

  /** The limit on a file's size stands for a full disk: a write fails in the middle of a file. */
  @Test
  void whatDoesNotFitLeavesNoHalfFileAndNeedsNoMoreThanARepetition() throws Exception {
    String read = java() + "read memory 0 262144 --physical --raw -o copy\n";
    int code = run("ulimit -f 16\n" + read);
    assertThat(code).isEqualTo(3);
    assertThat(text("err").strip()).doesNotContain("\n").contains("copy");
    assertThat(names()).doesNotContain("copy").noneMatch(name -> name.contains(".part"));
    assertThat(run(read)).isZero();
    assertThat(work.resolve("copy")).hasSize(PAGES * 4096L);
  }

  @Test
  void anAnalysisThatDoesNotFitIsDoneByTheNextRun() throws Exception {
    String analyze = java() + "analyze memory -o case\n";
    assertThat(run("ulimit -f 16\n" + analyze)).isEqualTo(3);
    assertThat(text("err")).contains("case");
    assertThat(work.resolve("case/report.html")).doesNotExist();
    Files.writeString(work.resolve("case/note"), "mine");
    assertThat(run(analyze)).isZero();
    assertThat(work.resolve("case/report.html")).isNotEmptyFile();
    assertThat(work.resolve("case/note")).hasContent("mine");
  }

  /** Evidence on a medium that is mounted read-only: nothing can be made beside it. */
  @Test
  void besideEvidenceThatMayNotBeWrittenNothingIsMade() throws Exception {
    String mounted =
        """
        mkdir evidence && mv memory evidence/ || exit 78
        mount --bind evidence evidence && mount -o remount,bind,ro evidence || exit 77
        """;
    Files.writeString(work.resolve("inside"), mounted + java() + "analyze evidence/memory\n");
    int code = run("unshare --mount /bin/sh inside || exit $?\n");
    assumeTrue(code != 77 && code != 126 && code != 127, "may not mount: nothing is examined");
    assumeTrue(!text("err").contains("unshare"), "may not mount: nothing is examined");
    assertThat(code).isEqualTo(3);
    assertThat(text("err").lines().filter(line -> !line.contains("warning")))
        .singleElement()
        .asString()
        .contains("evidence/memory.nestwalk: can't be made beside the image")
        .contains("name a folder elsewhere with -o");
    assertThat(work.resolve("evidence/memory")).hasSize(PAGES * 4096L);
  }

  /** Every write to this device fails as one to a full disk does. */
  @Test
  void anAnswerThatCannotBePrintedIsNoSuccess() throws Exception {
    assumeTrue(Files.exists(Path.of("/dev/full")), "/dev/full is not there: nothing is examined");
    assertThat(run(java() + "info memory >/dev/full\n")).isNotIn(0, 1);
    assertThat(text("err")).isNotEmpty().doesNotContain("Exception");
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(work)) {
      return files.map(path -> path.getFileName().toString()).toList();
    }
  }
}
