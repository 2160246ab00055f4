package io.nestwalk.linux;

import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.system.SeenCrash;
import java.util.Optional;
import java.util.OptionalLong;

/** What a kernel keeps of its own crash. */
final class CrashRecord {

  /** CONFIG_NR_CPUS is never greater. */
  private static final int MOST_CPUS = 8192;

  private CrashRecord() {}

  /**
   * The CPU that panicked: {@code panic_cpu} ({@code kernel/panic.c}), which is -1 until one does.
   * A crash that goes to another kernel without panic() sets it as well ({@code crash_kexec}).
   */
  static Optional<SeenCrash> in(Kernel kernel) {
    OptionalLong variable = kernel.symbols().address("panic_cpu");
    if (variable.isEmpty()) {
      return Optional.empty();
    }
    int cpu = kernel.memory().getInt(variable.getAsLong(), -1);
    return cpu < 0 || cpu >= MOST_CPUS
        ? Optional.empty()
        : Optional.of(
            new SeenCrash(
                variable.getAsLong(), "CPU %d panicked, by the kernel's panic_cpu".formatted(cpu)));
  }
}
