package io.nestwalk.windows;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.nestwalk.paging.Walker;
import io.nestwalk.paging.X86Modes;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.windows.kernel.Kernel;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A Windows of whose structures any words lie: whatever comes out, something comes out, soon, and
 * nothing is thrown.
 */
class WindowsSystemFuzzTest {

  private static final int PAGE = 4096;

  private static WindowsMachine machine;
  private static Lies lies;

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
    new WindowsSupport().recognise(lying.site(lying.root())).ifPresent(WindowsSystemFuzzTest::read);
  }

  private static void read(GuestSystem system) {
    for (GuestProcess process : system.processes()) {
      system.environment(process);
      system.context(process);
      system.openFiles(process);
      system.threads(process);
      process.traits().values();
    }
    system.facts().traits().values();
    system.warnings();
  }

  /** Where structures are that are read: nearly every lie is met. */
  private static Lies places() {
    Lies all = new Lies(machine.physical());
    Walker tables = new Walker(X86Modes.fourLevel(48), machine.root(), machine.physical());
    WindowsSystem system = (WindowsSystem) machine.system();
    Kernel kernel = system.kernel();
    for (GuestProcess process : system.processes()) {
      long object = process.object();
      all.in(tables, object);
      all.in(tables, object + PAGE);
      long table = kernel.memory().getLong(object + 0x570, 0);
      all.in(tables, table);
      all.in(tables, kernel.memory().getLong(table + 8, 0));
      all.in(tables, kernel.memory().getLong(object + 0x5e0, 0));
      system.openFiles(process).forEach(file -> all.in(tables, file.object()));
    }
    all.in(tables, system.facts().kernelBase());
    all.in(tables, 0xffff_f780_0000_0000L);
    all.in(tables, kernel.memory().getLong(system.facts().object() + 0x450, 0));
    return all;
  }
}
