package io.nestwalk.windows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.nestwalk.image.ImageException;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.memory.Budget;
import io.nestwalk.search.MachineFinder;
import io.nestwalk.system.GuestModule;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A real dump of Windows 10 that holds no physical memory: what its pieces carry is answered. */
class RealTriageDumpTest {

  private static GuestSystem system;

  @BeforeAll
  static void open() throws ImageException {
    Path file =
        Path.of(System.getProperty("nestwalk.images", "../../shared/images"))
            .resolve("real/rizin-triage_x64.dmp");
    assumeTrue(Files.exists(file), () -> "no dump at " + file);
    MemoryImage image = MemoryImages.open(file, OpenOptions.defaults());
    system = MachineFinder.find(image, 1, Progress.NONE).host().system().orElseThrow();
  }

  @Test
  void kernelIsNamed() {
    assertThat(system.facts().kernelBase()).isEqualTo(0xffff_f804_7ba0_0000L);
    assertThat(system.facts().traits().values())
        .containsEntry("build", 19041)
        .containsEntry("systemTime", "2021-02-21T01:38:22.987765700Z");
  }

  @Test
  void systemProcessIsRead() {
    GuestProcess process =
        system.processes().stream().filter(each -> each.pid() == 4).findFirst().orElseThrow();
    assertThat(process.name()).isEqualTo("System");
    assertThat(process.object()).isEqualTo(0xffff_c08b_dce9_4180L);
    assertThat(process.startTime()).hasValue(Instant.parse("2021-02-21T01:38:22.069864800Z"));
    assertThat(process.threads()).hasValue(147);
    assertThat(system.processes()).allMatch(each -> each.pid() > 0);
    assertThat(system.warnings()).anyMatch(line -> line.contains("the dump has not"));
  }

  @Test
  void driversAreModules() {
    assertThat(system.modules()).hasSize(151);
    GuestModule first = system.modules().getFirst();
    assertThat(first.name()).isEqualTo("ntoskrnl.exe");
    assertThat(first.base()).isEqualTo(system.facts().kernelBase());
  }

  @Test
  void kernelMemoryIsWhatTheDumpHas() {
    long[] bytes = {0};
    system
        .kernelMemory()
        .forEachRun(
            0,
            -1,
            Budget.of(1 << 16),
            (start, below, length, shift, permissions, state) -> {
              bytes[0] += length;
              return true;
            });
    assertThat(bytes[0]).isGreaterThan(1_154_890);
    assertThat(system.kernelMemory().isPresent(0xffff_f804_7c61_e200L)).isTrue();
  }
}
