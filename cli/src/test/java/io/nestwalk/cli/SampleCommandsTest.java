package io.nestwalk.cli;

import static io.nestwalk.cli.CommandRun.sample;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands on the shipped nested samples, held against what is true about them. */
class SampleCommandsTest {

  private static final String NPT = sample("kvm-npt.elf.zst");
  private static final JsonNode TRUTH = CommandRun.truth("kvm-npt").path("machines");

  private static JsonNode marker() {
    return TRUTH.path("vm1").path("pages").path(0);
  }

  private static String markerPid() {
    return marker().path("pid").asText();
  }

  private static String markerRoot() {
    return TRUTH.path("vm1").path("rootOfPid").path(markerPid()).asText();
  }

  private static long hex(String text) {
    return Long.parseUnsignedLong(text.substring(2), 16);
  }

  private static long hostOf(long guest) {
    for (JsonNode run : TRUTH.path("vm1").path("ram")) {
      long start = hex(run.path(0).asText());
      if (guest >= start && guest < start + run.path(2).asLong() * 4096) {
        return hex(run.path(1).asText()) + guest - start;
      }
    }
    throw new AssertionError("no RAM at " + guest);
  }

  @ParameterizedTest
  @CsvSource({"kvm-npt.elf.zst,kvm-npt,npt", "kvm-ept.raw.zst,kvm-ept,ept"})
  void machinesAreTheHostAndItsGuestWithIndependentEvidence(
      String file, String truthName, String kind) {
    JsonNode answer = CommandRun.of("machines", sample(file), "--format", "json").json();
    JsonNode machines = answer.path("machines");
    assertThat(machines).hasSize(2);
    JsonNode truth = CommandRun.truth(truthName).path("machines").path("vm1");
    JsonNode guest = machines.path(1);
    JsonNode level = guest.path("secondLevel");
    assertThat(machines.path(0).path("id").asText()).isEqualTo("host");
    assertThat(guest.path("parent").asText()).isEqualTo("host");
    assertThat(level.path("kind").asText()).isEqualTo(kind);
    assertThat(level.path("root").asText())
        .isEqualTo(truth.path("secondLevel").path("root").asText());
    Set<String> sources = new HashSet<>();
    level.path("evidence").forEach(evidence -> sources.add(evidence.path("source").asText()));
    assertThat(sources).contains("table structure", "content", "hypervisor");
    assertThat(guest.path("vmmPid").asInt()).isEqualTo(truth.path("vmmPid").asInt());
    assertThat(guest.path("os").path("banner").asText())
        .isEqualTo(truth.path("banner").asText().strip());
    assertThat(answer.path("coverage").path("pagesSurveyed").asLong()).isGreaterThan(49_000);
  }

  @Test
  void aTracedWalkNamesEveryReferenceInBothLayers() {
    String address = marker().path("va").asText();
    CommandRun run =
        CommandRun.of(
            "translate",
            NPT,
            address,
            "--machine",
            "vm1",
            "--root",
            markerRoot(),
            "--trace",
            "--format",
            "json");
    assertThat(run.code()).isEqualTo(ExitCode.DONE);
    JsonNode answer = run.json();
    long guest = hex(marker().path("pa").asText());
    assertThat(hex(answer.path("gpa").asText())).isEqualTo(guest);
    assertThat(hex(answer.path("hpa").asText())).isEqualTo(hostOf(guest));
    JsonNode steps = answer.path("steps");
    assertThat(steps.size()).isBetween(20, 24);
    List<String> guestLevels = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      JsonNode step = steps.path(i);
      assertThat(step.path("n").asInt()).isEqualTo(i + 1);
      if (step.path("dimension").asText().equals("guest")) {
        guestLevels.add(step.path("level").asText());
        long entry = hex(step.path("entryAddress").asText());
        assertThat(hex(step.path("entryHostAddress").asText())).isEqualTo(hostOf(entry));
      }
    }
    assertThat(guestLevels).containsExactly("PML4", "PDPT", "PD", "PT");
  }

  @Test
  void aWalkForPeopleFitsATerminal() {
    CommandRun run =
        CommandRun.of(
            "translate",
            NPT,
            marker().path("va").asText(),
            "--machine",
            "vm1",
            "--root",
            markerRoot(),
            "--trace");
    assertThat(run.out().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(101));
    assertThat(run.out()).contains("guest  PML4", "npt    PT");
  }

  @Test
  void whatIsNotMappedIsAFaultWithItsPlace() {
    JsonNode unmapped = TRUTH.path("vm1").path("unmapped").path(0);
    CommandRun run =
        CommandRun.of(
            "translate",
            NPT,
            unmapped.path("va").asText(),
            "--machine",
            "vm1",
            "--pid",
            unmapped.path("pid").asText(),
            "--format",
            "json");
    assertThat(run.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(run.json().has("hpa")).isFalse();
    assertThat(run.json().path("fault").path("dimension").asText()).isEqualTo("guest");
    assertThat(run.json().path("fault").path("reason").asText()).contains("not present");
  }

  @Test
  void addressesFromStdinAreAnsweredLineByLine() {
    List<JsonNode> pages = new ArrayList<>();
    TRUTH.path("vm1").path("pages").forEach(pages::add);
    String input =
        pages.stream()
            .filter(page -> page.path("pid").asText().equals(markerPid()))
            .map(page -> page.path("va").asText())
            .collect(Collectors.joining("\n"));
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.US_ASCII)));
    try {
      List<JsonNode> lines =
          CommandRun.of(
                  "translate",
                  NPT,
                  "-",
                  "--machine",
                  "vm1",
                  "--pid",
                  markerPid(),
                  "--format",
                  "ndjson")
              .lines();
      assertThat(lines).hasSize((int) input.lines().count() + 1);
      assertThat(lines.getLast().has("coverage")).isTrue();
      assertThat(lines.getFirst().path("gpa").asText()).isEqualTo(marker().path("pa").asText());
    } finally {
      System.setIn(before);
    }
  }

  @Test
  void bytesAreReadThroughBothLayers() {
    String text = marker().path("text").asText();
    CommandRun run =
        CommandRun.of(
            "read",
            NPT,
            marker().path("va").asText(),
            String.valueOf(text.length()),
            "--machine",
            "vm1",
            "--pid",
            markerPid());
    assertThat(run.code()).isEqualTo(ExitCode.DONE);
    String shown =
        run.out()
            .lines()
            .map(line -> line.replaceAll(".*\\|(.*)\\|$", "$1"))
            .collect(Collectors.joining());
    assertThat(shown).isEqualTo(text);
  }

  @Test
  void missingBytesAreMarkedAndNeverZeros(@TempDir Path folder) {
    String beyond = "0xb0000000";
    CommandRun dump = CommandRun.of("read", NPT, beyond, "8192", "--physical");
    assertThat(dump.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(dump.out()).contains("8192 bytes missing").doesNotContain("00 00");
    CommandRun file =
        CommandRun.of(
            "read", NPT, beyond, "16", "--physical", "-o", folder.resolve("out").toString());
    assertThat(file.err()).contains("16 of 16 bytes are missing");
  }

  @Test
  void processesOfTheGuestAreThoseOfTheTruth() {
    JsonNode processes =
        CommandRun.of("ps", NPT, "--machine", "vm1", "--format", "json").json().path("processes");
    Set<String> found = new HashSet<>();
    processes.forEach(p -> found.add(p.path("pid").asText() + " " + p.path("name").asText()));
    for (JsonNode process : TRUTH.path("vm1").path("processes")) {
      if (!process.path("transient").asBoolean()) {
        String name = process.path("name").asText();
        assertThat(found)
            .contains(
                process.path("pid").asText()
                    + " "
                    + name.substring(0, Math.min(15, name.length())));
      }
    }
  }

  @Test
  void theTreePutsChildrenBelowTheirParents() {
    List<String> lines =
        CommandRun.of("ps", NPT, "--machine", "vm1", "--tree").out().lines().toList();
    int init = indexOf(lines, " /bin/sh /init");
    int child = indexOf(lines, " \\_ marker L2");
    assertThat(init).isPositive();
    assertThat(child).isGreaterThan(init);
  }

  private static int indexOf(List<String> lines, String part) {
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).contains(part)) {
        return i;
      }
    }
    return -1;
  }

  @Test
  void mappingsHaveTheirPagesInEveryLayer() {
    JsonNode answer =
        CommandRun.of(
                "maps",
                NPT,
                "--machine",
                "vm1",
                "--pid",
                markerPid(),
                "--pages",
                "--format",
                "json")
            .valid("maps");
    JsonNode mappings = answer.path("mappings");
    long bytes = 0;
    long address = hex(marker().path("va").asText());
    long guest = hex(marker().path("pa").asText());
    int seen = 0;
    for (JsonNode mapping : mappings) {
      for (JsonNode run : mapping.path("runs")) {
        bytes += run.path("length").asLong();
        long start = hex(run.path("start").asText());
        if (address >= start && address < start + run.path("length").asLong()) {
          seen++;
          assertThat(hex(run.path("gpa").asText()) + address - start).isEqualTo(guest);
          assertThat(hex(run.path("hpa").asText()) + address - start).isEqualTo(hostOf(guest));
          assertThat(run.path("permissions").asText()).isEqualTo("rw-u");
        }
      }
    }
    assertThat(seen).isOne();
    JsonNode states = answer.path("coverage").path("states");
    long counted = 0;
    for (JsonNode state : states) {
      counted += state.asLong();
    }
    assertThat(counted).isEqualTo(bytes).isPositive();
    assertThat(states.path("mapped").asLong()).isPositive();
  }

  @Test
  void infoTellsFormatRegistersAndVirtualization() {
    JsonNode info = CommandRun.of("info", NPT, "--format", "json").json();
    assertThat(info.path("format").asText()).isEqualTo("elf");
    assertThat(info.path("container").asText()).isEqualTo("zst");
    assertThat(info.path("creator").asText()).isEqualTo("QEMU");
    assertThat(info.path("memory").path("runs").path(0).path("length").asLong())
        .isEqualTo(192L << 20);
    assertThat(info.path("cpus").path(0).path("registers").path("cr3").asText())
        .isEqualTo(markerRoot());
    JsonNode virtualization = info.path("virtualization");
    assertThat(virtualization.path("npt").path("enabled").asBoolean()).isTrue();
    assertThat(virtualization.path("ept").path("supported").asBoolean(true)).isFalse();
    assertThat(virtualization.path("npt").path("evidence")).isNotEmpty();
  }

  @Test
  void rowsAsCsv() {
    List<String> lines =
        CommandRun.of("ps", NPT, "--machine", "vm1", "--format", "csv").out().lines().toList();
    assertThat(lines.getFirst()).startsWith("machine,pid,ppid,");
    assertThat(lines.get(1)).startsWith("vm1,1,0,");
  }

  @Test
  void anOrdinaryMachineIsTheHostAlone() {
    JsonNode machines =
        CommandRun.of("machines", sample("tinyos.raw.zst"), "--format", "json").json();
    assertThat(machines.path("machines")).hasSize(1);
    assertThat(machines.path("machines").path(0).path("root").asText()).isEqualTo("0x101000");
    assertThat(machines.path("coverage").path("warnings").path(0).asText()).contains("cut");
  }
}
