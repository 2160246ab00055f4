package io.nestwalk.windows;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.Architecture;
import io.nestwalk.image.MemoryImage;
import io.nestwalk.image.MemoryImages;
import io.nestwalk.image.OpenOptions;
import io.nestwalk.image.Progress;
import io.nestwalk.machine.Machine;
import io.nestwalk.search.MachineFinder;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestModule;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Made-up Windows of 32 bits with physical address extension, of ARM64, and with five levels. */
class MadeWindowsTest {

  private static final List<MadeWindows.Program> PROCESSES =
      List.of(
          new MadeWindows.Program(4, 0, "System", ""),
          new MadeWindows.Program(268, 4, "smss.exe", "\\SystemRoot\\System32\\smss.exe"),
          new MadeWindows.Program(420, 268, "csrss.exe", "csrss.exe ObjectDirectory=\\Windows"),
          new MadeWindows.Program(1204, 420, "notepad.exe", "notepad.exe C:\\letter.txt"));

  @TempDir private Path folder;

  static Stream<MadeWindows.Form> forms() {
    return Stream.of(
        MadeWindows.Form.SEVEN,
        MadeWindows.Form.TEN,
        MadeWindows.Form.ARM64,
        MadeWindows.Form.LA57);
  }

  @ParameterizedTest
  @MethodSource("forms")
  void aRawImageOfOneIsRead(MadeWindows.Form form) throws Exception {
    MadeWindows windows = new MadeWindows(form, PROCESSES);
    Path file = folder.resolve("small.raw");
    Files.write(file, windows.image());
    try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults())) {
      Machine host = MachineFinder.find(image, 1, Progress.NONE).host();
      assertThat(host.architecture())
          .isEqualTo(
              switch (form.tables()) {
                case PAE -> Architecture.X86;
                case ARM64 -> Architecture.AARCH64;
                case FIVE_LEVELS -> Architecture.X86_64;
              });
      GuestSystem system = host.system().orElseThrow();
      assertThat(system.facts().kernelBase()).isEqualTo(form.kernel());
      assertThat(system.facts().traits().values())
          .containsEntry("build", form.build())
          .containsEntry("systemRoot", "C:\\Windows");
      assertThat(system.processes())
          .extracting(GuestProcess::pid)
          .containsExactlyElementsOf(PROCESSES.stream().map(MadeWindows.Program::pid).toList());
      for (int i = 1; i < PROCESSES.size(); i++) {
        check(system, system.processes().get(i), PROCESSES.get(i), windows.tables(i).root());
      }
      assertThat(system.modules())
          .singleElement()
          .extracting(GuestModule::name)
          .isEqualTo("ntoskrnl.exe");
    }
  }

  @Test
  void handlesOfFiveLevelKernelsAreDecodedInTheirForm() throws Exception {
    MadeWindows windows = new MadeWindows(MadeWindows.Form.LA57, PROCESSES);
    for (int i = 0; i < PROCESSES.size(); i++) {
      windows.handle(i, 1);
    }
    Path file = folder.resolve("deep.raw");
    Files.write(file, windows.image());
    try (MemoryImage image = MemoryImages.open(file, OpenOptions.defaults())) {
      Machine host = MachineFinder.find(image, 1, Progress.NONE).host();
      assertThat(host.root().orElseThrow().mode().levels()).hasSize(5);
      GuestSystem system = host.system().orElseThrow();
      List<GuestProcess> processes = system.processes();
      assertThat(system.openFiles(processes.get(2)))
          .singleElement()
          .satisfies(
              handle -> {
                assertThat(handle.descriptor()).isEqualTo(4);
                assertThat(handle.object()).isEqualTo(processes.get(1).object());
              });
    }
  }

  private static void check(
      GuestSystem system, GuestProcess process, MadeWindows.Program truth, long root) {
    assertThat(process.name()).isEqualTo(truth.name());
    assertThat(process.ppid()).isEqualTo(truth.parent());
    assertThat(process.commandLine()).contains(truth.commandLine());
    assertThat(process.path()).contains("\\Device\\HarddiskVolume1\\Windows\\" + truth.name());
    assertThat(process.root()).hasValue(root);
    assertThat(process.startTime()).isPresent();
    assertThat(system.unknown()).doesNotContain(GuestSystem.Subject.MAPPINGS);
    GuestMapping mapping = system.mappings(process).getFirst();
    assertThat(mapping.start()).isEqualTo(MadeWindows.VAD_START);
    assertThat(mapping.end()).isEqualTo(MadeWindows.VAD_START + 0x4000);
    assertThat(mapping.traits().values()).containsEntry("protection", "READWRITE");
  }
}
