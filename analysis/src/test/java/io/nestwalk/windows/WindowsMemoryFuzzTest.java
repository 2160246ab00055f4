package io.nestwalk.windows;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Layer;
import io.nestwalk.paging.Walker;
import io.nestwalk.paging.X86Modes;
import io.nestwalk.system.GuestMapping;
import io.nestwalk.system.GuestModule;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.windows.process.WindowsProcess;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A Windows whose processes' mappings, page tables, sections and lists of modules lie. The system
 * itself is found as it is; only what is asked of its processes is read through the lies.
 */
class WindowsMemoryFuzzTest {

  private static final int PAGE = 4096;
  private static final int RUNS = 1 << 16;

  /** With its own tables, a 32-bit one, one with an injected mapping. */
  private static final int PROCESSES = 4;

  private static WindowsMachine machine;
  private static Lies lies;
  private static List<GuestProcess> processes;

  static Stream<byte[]> lies() {
    return Lies.seeds();
  }

  @MethodSource("lies")
  @FuzzTest
  void survives(byte[] told) {
    if (told == null) {
      return;
    }
    if (machine == null) {
      machine = WindowsMachine.get("win19041");
      lies = places();
    }
    WindowsMachine lying = machine.over(lies.told(told));
    new WindowsSupport()
        .recognise(lying.site(lying.root()))
        .map(WindowsSystem.class::cast)
        .ifPresent(WindowsMemoryFuzzTest::read);
  }

  private static void read(WindowsSystem system) {
    system.modules().forEach(GuestModule::name);
    for (GuestProcess process : processes) {
      system.modules(process).forEach(GuestModule::name);
      List<GuestMapping> mappings = system.mappings(process);
      Layer memory = system.memoryOf(process).orElseThrow();
      memory.forEachRun(
          0,
          Long.MAX_VALUE,
          Budget.of(RUNS),
          (start, below, length, shift, permissions, state) -> !state.toString().isEmpty());
      for (GuestMapping mapping : mappings) {
        memory.translate(mapping.start());
        memory.pass(mapping.end() - 1);
      }
    }
    system.warnings();
  }

  /** Descriptors, tables, sections and modules: nearly every lie is met. */
  private static Lies places() {
    Lies all = new Lies(machine.physical());
    WindowsSystem system = (WindowsSystem) machine.system();
    Walker kernel = new Walker(X86Modes.fourLevel(48), machine.root(), machine.physical());
    processes =
        system.processes().stream()
            .filter(each -> each.root().isPresent())
            .filter(each -> ((WindowsProcess) each.traits()).peb().isPresent())
            .sorted(
                (one, other) ->
                    Boolean.compare(
                        ((WindowsProcess) other.traits()).wow64(),
                        ((WindowsProcess) one.traits()).wow64()))
            .limit(PROCESSES)
            .toList();
    for (GuestProcess process : processes) {
      Walker user =
          new Walker(X86Modes.fourLevel(48), process.root().getAsLong(), machine.physical());
      WindowsProcess traits = (WindowsProcess) process.traits();
      all.in(kernel, process.object());
      all.in(kernel, process.object() + PAGE);
      all.in(user, traits.peb().getAsLong());
      traits.peb32().ifPresent(peb -> all.in(user, peb));
      system.modules(process).forEach(module -> all.in(user, module.object()));
      for (GuestMapping mapping : system.mappings(process)) {
        all.in(kernel, mapping.object());
        all.tables(user, mapping.start());
      }
    }
    system.modules().forEach(module -> all.in(kernel, module.object()));
    return all;
  }
}
