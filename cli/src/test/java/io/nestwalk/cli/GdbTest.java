package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** GDB itself looks into real images. */
class GdbTest {

  private static final Path ROOT = Path.of(System.getProperty("nestwalk.root", ".."));
  private static final Path IMAGES =
      Path.of(System.getProperty("nestwalk.images", ROOT.resolve("../shared/images").toString()));
  private static final int PATIENCE_MILLIS = 240_000;

  /** The command while it runs. */
  private static final class Running implements AutoCloseable {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final int[] code = {-1};
    private final Thread thread;

    Running(String... args) throws InterruptedException {
      List<String> all = new ArrayList<>(List.of(args));
      all.addAll(0, List.of("gdb"));
      thread =
          new Thread(
              () ->
                  code[0] =
                      Nestwalk.run(
                          new PrintWriter(out), new PrintWriter(err), all.toArray(String[]::new)));
      thread.start();
      long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
      while (!out.toString().contains("\n") && thread.isAlive() && System.nanoTime() < end) {
        Thread.sleep(50);
      }
      assertThat(out.toString()).as(err.toString()).startsWith("target remote 127.0.0.1:");
    }

    String port() {
      return out.toString().strip().replaceFirst(".*:", "");
    }

    @Override
    public void close() {
      thread.interrupt();
      try {
        thread.join(PATIENCE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      assertThat(code[0]).isEqualTo(ExitCode.DONE);
    }
  }

  private static String gdb(String program, String port, String... commands)
      throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(List.of(program, "-nx", "-batch"));
    line.addAll(List.of("-ex", "set confirm off", "-ex", "target remote :" + port));
    for (String command : commands) {
      line.addAll(List.of("-ex", command));
    }
    Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said;
  }

  private static void assumeInstalled(String program) {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin", program)),
        program + " is not installed (apt install " + program + ")");
  }

  @Test
  void theSessionOfTheReadmeIsAsItSays() throws Exception {
    assumeInstalled("gdb");
    String readme = Files.readString(ROOT.resolve("README.md"));
    Matcher session =
        Pattern.compile(
                "\n    \\./nestwalk gdb (\\S+) (.*) --port 1234\n.*?\n    gdb -nx -batch"
                    + " -ex 'target remote :1234' (.*?)\n\n```\n(.*?)```",
                Pattern.DOTALL)
            .matcher(readme);
    assertThat(session.find()).isTrue();
    List<String> args = new ArrayList<>(List.of(ROOT.resolve(session.group(1)).toString()));
    args.addAll(List.of(session.group(2).split(" ", -1)));
    List<String> commands = new ArrayList<>();
    Matcher each = Pattern.compile("-ex '([^']*)'").matcher(session.group(3));
    while (each.find()) {
      commands.add(each.group(1));
    }
    assertThat(commands).hasSize(3);
    try (Running running = new Running(args.toArray(String[]::new))) {
      assertThat(gdb("gdb", running.port(), commands.toArray(String[]::new)))
          .contains(session.group(4));
    }
  }

  @Test
  void nothingCanBeWrittenOrRun() throws Exception {
    assumeInstalled("gdb");
    try (Running running = new Running(CommandRun.sample("kvm-npt.elf.zst"), "--machine", "vm1")) {
      String said =
          gdb(
              "gdb",
              running.port(),
              "set var *(int*)0x1a87e040=1",
              "x/s 0x1a87e040",
              "set $rax=5",
              "p $rax",
              "p/x $cr3",
              "stepi",
              "x/x 0x10",
              "info threads");
      assertThat(said)
          .contains(
              "Cannot access memory at address 0x1a87e040",
              "NESTED-MARKER-L2-dcc8b904605361cd-heap0",
              "Could not write register \"rax\"",
              "$1 = 0\n",
              "$2 = 0x4b3c000\n",
              "E1e",
              "Cannot access memory at address 0x10",
              "\"CPU 0 of vm1\"");
    }
  }

  /** Each architecture, by what was read inside the machine: its own text at its own address. */
  @ParameterizedTest
  @CsvSource({
    "linux-pae.elf.zst, host, i386, $eip, $esp",
    "kvm-arm64.elf.zst, vm1, aarch64, $pc, $sp",
    "riscv-kvm.elf.zst, vm1, riscv:rv64, $pc, $sp",
    "linux-la57.elf.zst, host, i386:x86-64, $rip, $rsp",
  })
  void everyArchitectureIsDescribed(
      String image, String machine, String architecture, String counter, String stack)
      throws Exception {
    assumeInstalled("gdb-multiarch");
    Path file = IMAGES.resolve(image);
    assumeTrue(Files.isRegularFile(file), file + " is not there");
    try (Running running = new Running(file.toString(), "--machine", machine)) {
      String said =
          gdb(
              "gdb-multiarch",
              running.port(),
              "show architecture",
              "x/i " + counter,
              "x/2xw " + stack,
              "info threads");
      assertThat(said)
          .contains("\"%s\"".formatted(architecture), "CPU 0 of " + machine, "=> 0x")
          .doesNotContain("Cannot access", "Truncated", "not available", "Architecture rejected");
    }
  }

  /** The kernel's copy of them is older. */
  @Test
  void aRunningThreadHasItsCpusRegisters() throws Exception {
    assumeInstalled("gdb-multiarch");
    Path file = IMAGES.resolve("kvm-arm64.elf.zst");
    assumeTrue(Files.isRegularFile(file), file + " is not there");
    try (Running running = new Running(file.toString(), "--machine", "vm1", "--pid", "97")) {
      assertThat(gdb("gdb-multiarch", running.port(), "p/x $x0", "p/x $pc"))
          .contains("$1 = 0x41937d3c", "$2 = 0x4008b0");
    }
  }

  /**
   * A raw dump of an Intel host: its VMCS was not written back, so the guest's RIP is not known.
   */
  @Test
  void aThreadWithoutProgramCounterIsShownWithAWarning() throws Exception {
    assumeInstalled("gdb");
    try (Running running = new Running(CommandRun.sample("kvm-ept.raw.zst"), "--machine", "vm1")) {
      assertThat(gdb("gdb", running.port(), "p/x $cr3", "x/i 0x401000"))
          .contains("$1 = 0x4bbd803", "0x401000:");
      assertThat(running.err.toString()).contains("rsp and rip not known");
    }
  }

  @Test
  void whatIsNotThereIsSaid() {
    String image = CommandRun.sample("kvm-npt.elf.zst");
    assertThat(CommandRun.of("gdb", image, "--machine", "vm9").code())
        .isEqualTo(ExitCode.NOT_FOUND);
    CommandRun thread = CommandRun.of("gdb", image, "--pid", "2");
    assertThat(thread.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(thread.err()).hasLineCount(1).contains("no memory of its own");
    assertThat(CommandRun.of("gdb", image, "--port", "-1").code()).isEqualTo(ExitCode.USAGE);
  }
}
