package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts of the page and of the report: what they may not use, and what ESLint says. */
class PageScriptsTest {

  private static final Path ROOT = Path.of(System.getProperty("nestwalk.root", ".."));
  private static final List<Path> FOLDERS =
      List.of(
          ROOT.resolve("cli/src/main/resources/io/nestwalk/serve"),
          ROOT.resolve("index/src/main/resources/io/nestwalk/report"));
  private static final String ESLINT = "eslint@9.39.1";
  private static final int SECONDS = 90;

  private static List<Path> files() throws IOException {
    List<Path> all = new ArrayList<>();
    for (Path folder : FOLDERS) {
      try (Stream<Path> files = Files.list(folder)) {
        files.filter(file -> file.toString().endsWith(".js")).sorted().forEach(all::add);
      }
    }
    assertThat(all).hasSizeGreaterThan(10);
    return all;
  }

  /** Text from a guest is never markup, and nothing comes from elsewhere. */
  @Test
  void nothingMakesMarkupOfTextOrAsksTheNetwork() throws IOException {
    Pattern forbidden =
        Pattern.compile(
            "innerHTML|outerHTML|insertAdjacentHTML|document\\.write|\\beval\\(|new"
                + " Function|https?://(?!www\\.w3\\.org/2000/svg)|XMLHttpRequest|WebSocket|importScripts");
    for (Path file : files()) {
      assertThat(Files.readString(file)).as(file.toString()).doesNotContainPattern(forbidden);
    }
  }

  @Test
  void eslintHasNothingToSay(@TempDir Path work) throws Exception {
    assumeTrue(isThere("npx"), "npx is not installed: the scripts are not linted");
    Path sources = Files.createDirectory(work.resolve("src"));
    for (Path file : files()) {
      Files.copy(file, sources.resolve(file.getFileName()));
    }
    Files.copy(ROOT.resolve("tools/lint/eslint.config.mjs"), work.resolve("eslint.config.mjs"));
    Path said = work.resolve("said");
    Process version = run(work, said, "npx", "--yes", ESLINT, "--version");
    assumeTrue(
        version.waitFor(SECONDS, TimeUnit.SECONDS) && version.exitValue() == 0,
        "ESLint can't be had: the scripts are not linted");
    Process lint = run(work, said, "npx", "--yes", ESLINT, "src");
    assertThat(lint.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(lint.exitValue()).as(Files.readString(said, StandardCharsets.UTF_8)).isZero();
  }

  private static boolean isThere(String program) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Stream.of(path.split(File.pathSeparator, -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  private static Process run(Path folder, Path said, String... line) throws IOException {
    return new ProcessBuilder(line)
        .directory(folder.toFile())
        .redirectErrorStream(true)
        .redirectOutput(said.toFile())
        .start();
  }
}
