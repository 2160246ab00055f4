package io.nestwalk.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same machine, written in a format by test code and read back, is the same machine: ranges,
 * bytes and registers. A format is tested by a subclass.
 */
public abstract class FormatAgreementTest {

  protected static final Set<String> GENERAL =
      Set.of(
          "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12",
          "r13", "r14", "r15", "rip", "rflags");

  protected static final Set<String> CONTROL = Set.of("cr0", "cr2", "cr3", "cr4");

  @TempDir private Path folder;

  /** Writes the machine and answers with the file to open. */
  protected abstract Path write(TestMachine machine, Path folder) throws IOException;

  /** The format by which the file has to be opened. */
  protected abstract String format();

  /** The registers that the format holds. */
  protected abstract Set<String> registers();

  /** What is expected to be warned of. */
  protected List<String> warnings(TestMachine machine) {
    return List.of();
  }

  /** The options that the file is opened with. */
  protected OpenOptions options(Path folder) {
    return OpenOptions.defaults();
  }

  @Test
  void theSmallMachineComesBack() throws IOException, ImageException {
    try (TestMachine machine = TestMachine.small()) {
      check(machine);
    }
  }

  @Test
  void aRealMachineComesBack() throws IOException, ImageException {
    try (TestMachine machine = TestMachine.real("linux-la57.elf.zst")) {
      check(machine);
    }
  }

  private void check(TestMachine machine) throws IOException, ImageException {
    Path file = write(machine, folder);
    try (MemoryImage image = MemoryImages.open(file, options(folder))) {
      assertThat(image.format()).isEqualTo(format());
      assertThat(image.warnings()).isEqualTo(warnings(machine));
      machine.assertShownBy(image, registers());
      for (Cpu cpu : image.cpus()) {
        assertThat(cpu.architecture()).isEqualTo(Architecture.X86_64);
      }
    }
  }

  protected static Set<String> union(Set<String> a, Set<String> b) {
    Set<String> both = new java.util.HashSet<>(a);
    both.addAll(b);
    return both;
  }
}
