package io.nestwalk.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.Machine;
import io.nestwalk.roots.Root;
import io.nestwalk.search.MachineFinder;
import io.nestwalk.session.Space;
import io.nestwalk.system.GuestProcess;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is not known, or not meant, is never passed off as an answer. */
class FalseAnswersTest {

  private static final String NPT = CommandRun.sample("kvm-npt.elf.zst");

  @TempDir private Path work;

  private static String real(String name) {
    Path file = Path.of(System.getProperty("nestwalk.images", "../../shared/images"), name);
    assumeTrue(Files.exists(file), () -> file + " is not there");
    return file.toString();
  }

  private static CommandRun withInput(String input, String... args) {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
    try {
      return CommandRun.of(args);
    } finally {
      System.setIn(before);
    }
  }

  /** A Windows guest in a host of which nothing is known. */
  @Test
  void aMachineWithoutAKnownSystemIsSaidNotToBeLookedAt() {
    String image = real("../windows/win20348-ept.raw.zst");
    String unread = "host: not looked at: no operating system is recognised in its memory";
    CommandRun all = CommandRun.of("modules", image, "--format", "json");
    assertThat(all.json().path("coverage").path("warnings").toString()).contains(unread);
    assertThat(CommandRun.of("ps", image).err()).contains(unread);
    assertThat(CommandRun.of("modules", image, "--machine", "vm1").err())
        .doesNotContain("not looked at");
    assertThat(CommandRun.of("namespaces", image, "--machine", "vm1").err())
        .contains("vm1: its namespaces are not known");
  }

  @Test
  void rulesOverProcessesSayOfWhichMachineNoneAreKnown() throws Exception {
    String image = real("../windows/win20348-ept.raw.zst");
    Path rules = Files.writeString(work.resolve("r.yar"), "rule r { condition: false }");
    CommandRun run = CommandRun.of("yara", rules.toString(), image);
    assumeTrue(!run.err().contains("libyara"), "libyara9 is not installed");
    assertThat(run.err()).contains("host: its processes were not looked at");
    assertThat(CommandRun.of("yara", rules.toString(), image, "--physical").err())
        .doesNotContain("not looked at");
  }

  @Test
  void mappingsThatAreNotKnownAreNoAllClear() {
    String image = real("linux-pae.elf.zst");
    CommandRun maps = CommandRun.of("maps", image, "--pid", "1");
    assertThat(maps.out().lines()).hasSizeGreaterThan(30);
    assertThat(maps.out()).startsWith("host: process 1 (init), root 0x").contains("0x8048000");
    assertThat(maps.err()).contains("mappings of processes are not known");
    JsonNode json = CommandRun.of("maps", image, "--pid", "1", "--format", "json").valid("maps");
    assertThat(json.path("mappings")).isEmpty();
    assertThat(json.path("runs")).hasSizeGreaterThan(30);
    String gap = "host: not examined: writable-executable, anonymous-executable, deleted-file";
    assertThat(CommandRun.of("machines", image, "--findings").out())
        .contains("No findings in what was examined", gap);
    String folder = work.resolve("case").toString();
    CommandRun analyzed = CommandRun.of("analyze", image, "-o", folder);
    assertThat(analyzed.out()).contains("No findings in what was examined", gap);
    CommandRun searched = CommandRun.of("search", folder, "permissions:wx");
    assertThat(searched.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(searched.err()).contains(gap, "the kernel carries no types");
  }

  @Test
  void aBadLineDoesNotEndTheBatch() {
    String input = "0x1000\nfoo\n0xfffffffffff\n";
    CommandRun table = withInput(input, "translate", NPT, "-", "--physical");
    assertThat(table.code()).isEqualTo(ExitCode.USAGE);
    assertThat(table.out().lines()).hasSize(3);
    assertThat(table.out()).startsWith("MACHINE").contains("is not in the image");
    assertThat(table.err()).contains("line 2: 'foo' is not an address");
    CommandRun csv = withInput(input, "translate", NPT, "-", "--physical", "--format", "csv");
    assertThat(csv.out().lines()).hasSize(4).first().asString().startsWith("machine,address,gpa");
    JsonNode json =
        withInput(input, "translate", NPT, "-", "--physical", "--format", "json")
            .valid("translate");
    assertThat(json.path("translations")).hasSize(3);
    assertThat(json.path("translations").get(1).path("line").asInt()).isEqualTo(2);
    assertThat(withInput("0x1000\n", "translate", NPT, "-", "--physical").code())
        .isEqualTo(ExitCode.DONE);
  }

  @Test
  void aPhysicalAddressBeyondTheImageIsNotFound() {
    CommandRun run = CommandRun.of("translate", NPT, "0xfffffffffff", "--physical");
    assertThat(run.code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(run.out()).contains("physical address 0xfffffffffff is not in the image");
  }

  @Test
  void aRootOffAlignmentIsRefused() {
    CommandRun run = CommandRun.of("translate", NPT, "0x1000", "--root", "0xba9a001");
    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.err()).contains("--root 0xba9a001", "did you mean 0xba9a000?");
  }

  @Test
  void whoseMappingsTheseAreIsSaid() {
    CommandRun host = CommandRun.of("maps", NPT, "--pid", "86");
    assertThat(host.out()).startsWith("host: process 86 (workers), root 0x");
    assertThat(host.err()).contains("vm1 has a process 86 too (marker): --machine vm1 shows that");
    CommandRun named = CommandRun.of("maps", NPT, "--pid", "86", "--machine", "host");
    assertThat(named.err()).doesNotContain("vm1");
    assertThat(CommandRun.of("maps", NPT, "--pid", "2").err())
        .contains("process 2 (kthreadd) is a kernel thread: it has no mappings");
  }

  /**
   * The CPU of a machine with isolated page tables, as it is when the image is taken in user mode.
   */
  @Test
  void theUserHalfOfIsolatedTablesIsNamed() throws Exception {
    Path file = Path.of(CommandRun.sample("kvm-ept.raw.zst"));
    try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults())) {
      Machine host = MachineFinder.find(image, 2, Progress.NONE).host();
      GuestProcess isolated =
          host.system().orElseThrow().processes().stream()
              .filter(each -> each.userRoot().isPresent())
              .findFirst()
              .orElseThrow();
      Root half =
          new Root(host.root().orElseThrow().mode(), isolated.userRoot().getAsLong(), List.of());
      Machine inUserMode =
          new Machine(
              host.id(),
              host.parent(),
              host.architecture(),
              host.physical(),
              host.below(),
              host.secondLevel(),
              Optional.of(half),
              host.roots(),
              host.cpus(),
              host.inHypervisor(),
              host.state(),
              host.sameMemoryAs(),
              host.lazySystem());
      Space space =
          new Space(
              inUserMode,
              inUserMode.currentSpace().orElseThrow(),
              false,
              List.of(Machine.HOST),
              Optional.empty(),
              false);
      long task = isolated.object();
      assertThat(space.trace(task).fault()).isPresent();
      assertThat(SpaceOptions.hint(space, task))
          .contains("the CPU was in the user half of isolated tables; --kernel has this address");
      assertThat(SpaceOptions.hint(space, 0x10)).isEmpty();
    }
  }
}
