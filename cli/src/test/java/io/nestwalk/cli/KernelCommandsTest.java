package io.nestwalk.cli;

import static io.nestwalk.cli.CommandRun.sample;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What kernels tell of themselves: their log and their modules. */
class KernelCommandsTest {

  private static final String NPT = sample("kvm-npt.elf.zst");
  private static final JsonNode TRUTH = CommandRun.truth("kvm-npt").path("machines");

  @Test
  void theLogBeginsWithTheBannerAndTheCommandLine() {
    for (String machine : List.of("host", "vm1")) {
      CommandRun run = CommandRun.of("dmesg", NPT, "--machine", machine, "--format", "json");
      assertThat(run.code()).isEqualTo(ExitCode.DONE);
      JsonNode log = run.json().path("log");
      JsonNode truth = TRUTH.path(machine);
      assertThat(log.size()).isGreaterThan(100);
      assertThat(log.path(0).path("text").asText())
          .isEqualTo(truth.path("banner").asText().strip());
      assertThat(log.path(0).path("microseconds").asLong()).isZero();
      assertThat(log.path(0).path("levelName").asText()).isEqualTo("notice");
      assertThat(log.path(1).path("text").asText())
          .isEqualTo("Command line: " + truth.path("commandLine").asText());
      assertThat(log).allMatch(line -> line.path("machine").asText().equals(machine));
      assertThat(log.path(log.size() - 1).path("microseconds").asLong()).isPositive();
      assertThat(run.json().path("coverage").path("warnings")).isEmpty();
    }
  }

  @Test
  void withoutAMachineAllAreShown() {
    CommandRun run = CommandRun.of("dmesg", NPT);
    assertThat(run.code()).isEqualTo(ExitCode.DONE);
    assertThat(run.out().lines().filter(line -> line.startsWith("host"))).hasSizeGreaterThan(100);
    assertThat(run.out().lines().filter(line -> line.startsWith("vm1"))).hasSizeGreaterThan(100);
    assertThat(run.out().lines().skip(1).findFirst())
        .hasValueSatisfying(line -> assertThat(line).contains("0.000000  notice  Linux version "));
  }

  @Test
  void aHypervisorsModulesAreThoseOfItsProcessor() {
    JsonNode modules =
        CommandRun.of("modules", NPT, "--machine", "host", "--format", "json")
            .json()
            .path("modules");
    assertThat(modules.findValuesAsText("name")).contains("kvm", "kvm_amd", "irqbypass");
    long kernelEnd = hex(TRUTH.path("host").path("symbols").path("_end").asText());
    for (JsonNode module : modules) {
      assertThat(hex(module.path("base").asText())).isGreaterThan(kernelEnd);
      assertThat(module.path("size").asLong()).isBetween(4096L, 16L << 20);
    }
    // The address of a symbol of kvm's lies within it.
    long symbol = hex(TRUTH.path("host").path("symbols").path("vm_list").asText());
    assertThat(modules)
        .filteredOn(module -> module.path("name").asText().equals("kvm"))
        .singleElement()
        .satisfies(
            module -> {
              long base = hex(module.path("base").asText());
              assertThat(symbol).isBetween(base, base + module.path("size").asLong());
            });
  }

  @Test
  void aNamelessMachineIsNotFound() {
    assertThat(CommandRun.of("modules", NPT, "--machine", "vm7").code())
        .isEqualTo(ExitCode.NOT_FOUND);
    assertThat(CommandRun.of("dmesg", NPT, "--machine", "vm7").code())
        .isEqualTo(ExitCode.NOT_FOUND);
  }

  private static long hex(String text) {
    return Long.parseUnsignedLong(text.substring(2), 16);
  }

  @Test
  void whatAProcessHasLoadedIsWhatItsMappingsExecute() {
    String image = CommandRun.sample("kvm-npt.elf.zst");
    JsonNode rows =
        CommandRun.of("modules", image, "--machine", "host", "--pid", "86", "--format", "json")
            .valid("modules")
            .path("modules");
    assertThat(rows).isNotEmpty();
    JsonNode first = rows.get(0);
    assertThat(first.path("path").asText()).isEqualTo("/bin/probe");
    assertThat(first.path("base").asText()).isEqualTo("0x400000");
    assertThat(CommandRun.of("modules", image, "--pid", "99999").code())
        .isEqualTo(ExitCode.NOT_FOUND);
  }
}
