package io.nestwalk.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.nestwalk.image.Memory;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.LogLine;
import io.nestwalk.system.OpenFile;
import io.nestwalk.truth.Truth;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read from real images against what was read inside the machines. */
class RealLinuxTest {

  private static final int MAX_COMM = 15;

  @ParameterizedTest
  @MethodSource("io.nestwalk.linux.RealMachine#typed")
  void factsEqualTheTruth(String name) {
    RealMachine machine = RealMachine.get(name);
    GuestSystem system = machine.system();
    assertThat(system.facts().banner()).contains(machine.truth().text("banner"));
    assertThat(system.facts().hostName()).contains(machine.truth().text("hostname"));
    assertThat(system.warnings()).isEmpty();
    Truth symbols = machine.truth().child("symbols");
    if (symbols.has("_text")) {
      assertThat(system.facts().kernelBase()).isEqualTo(symbols.number("_text"));
      assertThat(system.facts().object()).isEqualTo(symbols.number("init_task"));
      assertThat(system.facts().kaslrSlide())
          .hasValue(symbols.number("_text") - 0xffff_ffff_8100_0000L);
    }
    long base = system.facts().kernelBase();
    long physical = system.facts().kernelPhysical().orElseThrow();
    assertThat(machine.physical().getLong(physical, 1))
        .isEqualTo(system.kernelMemory().getLong(base, 2));
    // The linear map shows the same bytes.
    long linear = system.facts().linearMap().orElseThrow() + physical;
    assertThat(system.kernelMemory().getLong(linear, 3))
        .isEqualTo(system.kernelMemory().getLong(base, 4));
  }

  @ParameterizedTest
  @MethodSource("io.nestwalk.linux.RealMachine#typed")
  void processesEqualTheTruth(String name) {
    RealMachine machine = RealMachine.get(name);
    GuestSystem system = machine.system();
    Map<Integer, GuestProcess> found =
        system.processes().stream()
            .collect(Collectors.toMap(GuestProcess::pid, Function.identity()));
    List<Truth> known = machine.truth().children("processes");
    assertThat(known).isNotEmpty();
    for (Truth truth : known) {
      if (!truth.flag("transient")) {
        assertThat(found).containsKey((int) truth.number("pid"));
        compare(truth, found.get((int) truth.number("pid")), system);
      }
    }
    assertThat(known.stream().map(truth -> (int) truth.number("pid"))).containsAll(found.keySet());
    assertThat(system.warnings()).isEmpty();
  }

  private static void compare(Truth truth, GuestProcess process, GuestSystem system) {
    String wanted = truth.text("name");
    assertThat(process.name()).isEqualTo(wanted.substring(0, Math.min(MAX_COMM, wanted.length())));
    assertThat(process.ppid()).isEqualTo((int) truth.number("ppid"));
    assertThat(process.traits().values()).containsEntry("tgid", process.pid());
    assertThat(process.kernelThread()).isEqualTo(truth.flag("kernelThread"));
    assertThat(process.commandLine().orElse(null)).isEqualTo(truth.text("commandLine"));
    assertThat(process.seenBy()).containsExactly("children", "pid-table", "task-list");
    if (truth.has("uid")) {
      assertThat(process.traits().values()).containsEntry("uid", truth.number("uid"));
    }
    if (truth.has("path")) {
      assertThat(process.path()).contains(truth.text("path"));
    }
    if (truth.has("threads")) {
      assertThat(process.threads()).hasValue((int) truth.number("threads"));
    }
    if (truth.has("environment")) {
      assertThat(system.environment(process)).isEqualTo(truth.list("environment"));
    }
    if (truth.has("files")) {
      assertThat(system.openFiles(process).stream().map(RealLinuxTest::asTruth))
          .containsAll(truth.list("files").stream().map(Object::toString).toList());
    }
    if (truth.has("startTicks")) {
      Duration sinceBoot =
          Duration.between(
              system.facts().bootTime().orElseThrow(), process.startTime().orElseThrow());
      assertThat(sinceBoot.toMillis()).isCloseTo(10 * truth.number("startTicks"), within(10L));
    }
  }

  private static String asTruth(OpenFile file) {
    return List.of((long) file.descriptor(), file.path()).toString();
  }

  @ParameterizedTest
  @MethodSource("io.nestwalk.linux.RealMachine#typed")
  void rootsEqualTheTruth(String name) {
    RealMachine machine = RealMachine.get(name);
    Map<Integer, GuestProcess> found =
        machine.system().processes().stream()
            .collect(Collectors.toMap(GuestProcess::pid, Function.identity()));
    Map<String, Object> roots = machine.truth().child("rootOfPid").values();
    assertThat(roots).isNotEmpty();
    roots.forEach(
        (pid, root) ->
            assertThat(found.get(Integer.valueOf(pid)).root()).hasValue(Truth.number(root)));
  }

  @ParameterizedTest
  @MethodSource("io.nestwalk.linux.RealMachine#typed")
  void mappingsEqualTheTruth(String name) {
    RealMachine machine = RealMachine.get(name);
    GuestSystem system = machine.system();
    Map<String, Object> maps = machine.truth().child("maps").values();
    assertThat(maps).isNotEmpty();
    for (GuestProcess process : system.processes()) {
      if (maps.containsKey(Integer.toString(process.pid()))) {
        List<String> wanted =
            machine.truth().child("maps").children(Integer.toString(process.pid())).stream()
                .map(RealLinuxTest::line)
                .toList();
        assertThat(system.mappings(process).stream().map(RealLinuxTest::line))
            .as("mappings of %d", process.pid())
            .isEqualTo(wanted);
      }
    }
    assertThat(system.warnings()).isEmpty();
  }

  private static String line(Truth truth) {
    return "%x-%x %s %x %s"
        .formatted(
            truth.number("start"),
            truth.number("end"),
            truth.text("permissions"),
            truth.number("offset"),
            truth.text("path"));
  }

  private static String line(GuestMapping mapping) {
    return "%x-%x %s %x %s"
        .formatted(
            mapping.start(),
            mapping.end(),
            mapping.permissions(),
            mapping.offset(),
            mapping.path().orElse(""));
  }

  /** What processes have in memory: the text of each marker, and as many bytes as the truth. */
  @ParameterizedTest
  @MethodSource("io.nestwalk.linux.RealMachine#typed")
  void memoryOfProcessesIsReadable(String name) {
    RealMachine machine = RealMachine.get(name);
    GuestSystem system = machine.system();
    Map<Long, Memory> memories =
        system.processes().stream()
            .filter(process -> process.root().isPresent())
            .collect(
                Collectors.toMap(
                    process -> (long) process.pid(),
                    process -> system.memoryOf(process).orElseThrow()));
    List<Truth> pages = machine.truth().children("pages");
    assertThat(pages).isNotEmpty();
    for (Truth page : pages) {
      byte[] text = page.text("text").getBytes(StandardCharsets.US_ASCII);
      assertThat(memories.get(page.number("pid")).readBytes(page.number("va"), text.length))
          .isEqualTo(text);
    }
    for (GuestProcess process : system.processes()) {
      List<?> runs = machine.truth().child("runs").list(Integer.toString(process.pid()));
      long wanted = runs.stream().mapToLong(run -> (Long) ((List<?>) run).get(2) * 4096).sum();
      long present = system.mappings(process).stream().mapToLong(GuestMapping::presentBytes).sum();
      if (!runs.isEmpty()) {
        // /proc/PID/pagemap has pages without access and lacks those of the kernel's own.
        assertThat(present).isBetween(wanted - 16 * 4096, wanted + 16 * 4096);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.nestwalk.linux.RealMachine#typed")
  void symbolsEqualTheTruth(String name) {
    RealMachine machine = RealMachine.get(name);
    LinuxSystem system = (LinuxSystem) machine.system();
    Map<String, Object> symbols = machine.truth().child("symbols").values();
    assertThat(symbols).hasSizeGreaterThan(10);
    symbols.forEach(
        (symbol, address) -> {
          long wanted = Truth.number(address);
          if (!isOfModule(symbol)) {
            assertThat(system.symbols().address(symbol)).as(symbol).hasValue(wanted);
            assertThat(system.symbols().at(wanted).orElseThrow().address()).isEqualTo(wanted);
          }
        });
  }

  @ParameterizedTest
  @MethodSource("io.nestwalk.linux.RealMachine#typed")
  void logBeginsAtBoot(String name) {
    RealMachine machine = RealMachine.get(name);
    GuestSystem system = machine.system();
    List<LogLine> log = system.log();
    assertThat(log).hasSizeGreaterThan(100);
    String commandLine = machine.truth().text("commandLine");
    assertThat(log.stream().map(LogLine::text))
        .contains(machine.truth().text("banner"))
        .anyMatch(line -> line.contains(commandLine.substring(0, 60)));
    assertThat(log.getFirst().time()).isZero();
    assertThat(log.getLast().time()).isPositive().isLessThan(Duration.ofMinutes(10));
    assertThat(log.stream().map(LogLine::level)).allMatch(level -> level >= 0 && level <= 7);
    assertThat(system.warnings()).isEmpty();
  }

  @Test
  void crashInformationTellsWhatArmSymbolsLack() {
    for (String id : List.of("host", "vm1")) {
      RealMachine machine = RealMachine.get("kvm-arm64 " + id);
      assertThat(machine.system().facts().root()).hasValue(machine.tables().root());
    }
  }

  /** What is made for a kernel without crash information is what those have that keep it. */
  @ParameterizedTest
  @ValueSource(strings = {"kvm-npt vm1", "linux-la57 host", "kvm-arm64 vm1"})
  void madeCrashInformationIsTheKernels(String name) {
    GuestSystem system = RealMachine.get(name).system();
    List<String> made = system.madeCrashInfo().orElseThrow().lines().toList();
    List<String> own = system.crashInfo().orElseThrow().lines().toList();
    List<String> namedByBoth =
        made.stream()
            .filter(line -> own.stream().anyMatch(each -> key(each).equals(key(line))))
            .toList();
    assertThat(own).containsAll(namedByBoth);
    assertThat(namedByBoth)
        .hasSizeGreaterThan(60)
        .filteredOn(l -> l.startsWith("NUMBER"))
        .hasSizeGreaterThan(1);
    assertThat(made.stream().map(RealLinuxTest::key))
        .contains("OSRELEASE", "PAGESIZE", "SYMBOL(init_uts_ns)", "SYMBOL(swapper_pg_dir)")
        .contains("KERNELOFFSET");
  }

  private static String key(String line) {
    return line.substring(0, line.indexOf('='));
  }

  private static boolean isOfModule(String symbol) {
    return Arrays.asList(
            "npt_enabled",
            "kvm_x86_ops",
            "vm_list",
            "tdp_enabled",
            "enable_ept",
            "enable_vpid",
            "vmcs_config")
        .contains(symbol);
  }
}
