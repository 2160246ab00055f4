package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the commands open for writing, as the system sees it (strace), on an image that lies beside
 * links that lead elsewhere. Skipped where strace is missing or may not trace.
 */
class WrittenFilesTest {

  private static final Path STRACE = Path.of("/usr/bin/strace");

  /** Calls that change something, with the paths that they name. */
  private static final String CALLS =
      "trace=open,openat,openat2,creat,rename,renameat,renameat2,unlink,unlinkat,rmdir,link,linkat,"
          + "symlink,symlinkat,mkdir,mkdirat,mknod,mknodat,chmod,fchmodat,chown,lchown,fchownat,"
          + "truncate,utimensat,setxattr";

  private static final Pattern CALL = Pattern.compile("^\\S*\\s*(\\w+)\\((.*)$");
  private static final Pattern QUOTED = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");
  private static final Pattern WRITES = Pattern.compile("O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)");

  @TempDir private Path work;
  private Path evidence;
  private Path image;
  private Path victims;
  private Path cache;

  @BeforeEach
  void plant() throws IOException {
    work = work.toRealPath();
    evidence = Files.createDirectory(work.resolve("evidence"));
    victims = Files.createDirectory(work.resolve("victims"));
    cache = work.resolve("cache");
    Files.writeString(victims.resolve("precious"), "precious");
    image = evidence.resolve("dump.raw");
    Files.write(image, new byte[1 << 16]);
    for (String name :
        new String[] {
          "dump.raw.nestwalk", "dump.raw.part", "dump.nestwalk", ".nestwalk", "core", "out.part"
        }) {
      Files.createSymbolicLink(evidence.resolve(name), victims);
    }
    Files.createSymbolicLink(evidence.resolve("new"), victims.resolve("new"));
    Files.createSymbolicLink(evidence.resolve("old"), victims.resolve("precious"));
  }

  /** What one command wrote to, outside of what it may. */
  private List<String> strays(List<Path> allowed, String... args) throws Exception {
    Path log = work.resolve("strace.log");
    List<String> command =
        new ArrayList<>(
            List.of(
                STRACE.toString(),
                "-f",
                "-qq",
                "-s",
                "4096",
                "-o",
                log.toString(),
                "-e",
                CALLS,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:-UsePerfData",
                "-XX:TieredStopAtLevel=1",
                "-Dnestwalk.cache=" + cache,
                "-cp",
                absolute(System.getProperty("java.class.path")),
                Nestwalk.class.getName()));
    command.addAll(List.of(args));
    Process process =
        new ProcessBuilder(command)
            .directory(evidence.toFile())
            .redirectErrorStream(true)
            .redirectOutput(work.resolve("output").toFile())
            .start();
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    assertThat(log).isNotEmptyFile();
    List<String> strays = new ArrayList<>();
    boolean seen = false;
    for (String line : Files.readAllLines(log)) {
      Matcher call = CALL.matcher(line);
      if (!call.matches()) {
        continue;
      }
      seen = true;
      if (call.group(1).startsWith("open") && !WRITES.matcher(call.group(2)).find()) {
        continue;
      }
      Matcher name = QUOTED.matcher(call.group(2));
      while (name.find()) {
        Path path = evidence.resolve(name.group(1)).normalize();
        if (!path.startsWith("/dev") && !path.startsWith("/proc") && !isIn(path, allowed)) {
          strays.add(line);
        }
      }
    }
    assertThat(seen).as("strace understood").isTrue();
    return strays;
  }

  private boolean isIn(Path path, List<Path> allowed) {
    return path.startsWith(cache) || allowed.stream().anyMatch(path::startsWith);
  }

  private static String absolute(String classPath) {
    return Stream.of(classPath.split(java.io.File.pathSeparator))
        .map(each -> Path.of(each).toAbsolutePath().toString())
        .collect(java.util.stream.Collectors.joining(java.io.File.pathSeparator));
  }

  private void mayTrace() throws Exception {
    assumeTrue(Files.isExecutable(STRACE), "strace is not there: nothing is examined");
    Process probe =
        new ProcessBuilder(STRACE.toString(), "-o", "/dev/null", "true")
            .redirectErrorStream(true)
            .start();
    assumeTrue(
        probe.waitFor(60, TimeUnit.SECONDS) && probe.exitValue() == 0,
        "strace may not trace here: nothing is examined");
  }

  private void nothingIsLost() throws IOException {
    assertThat(victims.resolve("precious")).hasContent("precious");
    try (Stream<Path> files = Files.list(victims)) {
      assertThat(files).hasSize(1);
    }
    assertThat(image).hasBinaryContent(new byte[1 << 16]);
  }

  @Test
  void commandsThatReadWriteNothing() throws Exception {
    mayTrace();
    String dump = image.toString();
    for (String[] args :
        new String[][] {
          {"info", dump},
          {"machines", dump},
          {"ps", dump},
          {"maps", dump, "--pid", "1"},
          {"translate", dump, "0x1000", "--physical"},
          {"read", dump, "0x1000", "16", "--physical"},
          {"find", dump, "--text", "nothing"},
          {"search", "dump.raw.nestwalk", "x"},
          {"report", "dump.raw.nestwalk", "--as", "csv"}
        }) {
      assertThat(strays(List.of(), args)).as(args[0]).isEmpty();
    }
    nothingIsLost();
  }

  @Test
  void commandsThatWriteDoSoWhereTheyWereTold() throws Exception {
    mayTrace();
    String dump = image.toString();
    // The default folder is a link, and so are these files.
    assertThat(strays(List.of(), "analyze", dump)).isEmpty();
    assertThat(strays(List.of(), "index", dump, "--into", "old")).isEmpty();
    for (String file : new String[] {"new", "old", "core"}) {
      assertThat(strays(List.of(), "read", dump, "0", "16", "--physical", "--force", "-o", file))
          .as(file)
          .isEmpty();
      assertThat(strays(List.of(), "extract", dump, "--machine", "host", "--force", "-o", file))
          .as(file)
          .isEmpty();
    }
    nothingIsLost();
    Path out = work.resolve("out");
    List<Path> told = List.of(out);
    assertThat(strays(told, "analyze", dump, "-o", out.resolve("case").toString())).isEmpty();
    assertThat(out.resolve("case/report.html")).isNotEmptyFile();
    assertThat(strays(told, "index", dump, "--into", out.resolve("index").toString())).isEmpty();
    assertThat(
            strays(
                told,
                "report",
                out.resolve("case").toString(),
                "--as",
                "html",
                "-o",
                out.resolve("report").toString()))
        .isEmpty();
    assertThat(
            strays(
                told, "extract", dump, "--machine", "host", "-o", out.resolve("core").toString()))
        .isEmpty();
    assertThat(out.resolve("report")).isNotEmptyFile();
    assertThat(out.resolve("core")).isNotEmptyFile();
    nothingIsLost();
  }
}
