package io.nestwalk.windows;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.paging.X86Modes;
import io.nestwalk.synthetic.PatchedMemory;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A Windows of whose structures any words lie: whatever comes out, something comes out, soon, and
 * nothing is thrown.
 */
class WindowsSystemFuzzTest {

  private static final int PAGE = 4096;

  /** Page, word, kind and value. */
  private static final int LIE = 2 + 2 + 1 + 8;

  private static WindowsMachine machine;
  private static Walker tables;
  private static List<Long> pages;

  static Stream<byte[]> lies() {
    return Stream.of(1, 2, 3, 4, 5, 6, 7, 8)
        .map(
            seed -> {
              byte[] lies = new byte[(seed * 12) * LIE];
              new Random(seed).nextBytes(lies);
              return lies;
            });
  }

  @MethodSource("lies")
  @FuzzTest
  void survives(byte[] lies) {
    if (lies == null) {
      return;
    }
    if (machine == null) {
      machine = WindowsMachine.get("win19041");
      tables = new Walker(X86Modes.fourLevel(48), machine.root(), machine.physical());
      pages = pages();
    }
    PatchedMemory memory = new PatchedMemory(machine.physical());
    ByteBuffer bytes = ByteBuffer.wrap(lies).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.remaining() >= LIE) {
      long at = page(bytes.getShort()) + 8L * Math.floorMod(bytes.getShort(), PAGE / 8);
      int kind = bytes.get() & 3;
      long value = bytes.getLong();
      long translation = tables.translate(at);
      if (!Translation.isFault(translation)) {
        memory.putLong(
            Translation.address(translation),
            switch (kind) {
              case 0 -> page((short) value) + 8L * Math.floorMod(value >> 16, PAGE / 8);
              case 1 -> at + (byte) value;
              case 2 -> value & 0xffff;
              default -> value;
            });
      }
    }
    WindowsMachine lying = machine.over(memory);
    new WindowsSupport().recognise(lying.site(lying.root())).ifPresent(WindowsSystemFuzzTest::read);
  }

  private static void read(GuestSystem system) {
    for (GuestProcess process : system.processes()) {
      system.environment(process);
      process.traits().values();
    }
    system.facts().traits().values();
    system.warnings();
  }

  private static long page(short number) {
    return pages.get(Math.floorMod(number, pages.size()));
  }

  /** Where structures are that are read: nearly every lie is met. */
  private static List<Long> pages() {
    List<Long> all = new ArrayList<>();
    WindowsSystem system = (WindowsSystem) machine.system();
    for (GuestProcess process : system.processes()) {
      long object = process.object();
      all.add(object & -PAGE);
      all.add((object & -PAGE) + PAGE);
      long table = system.kernel().memory().getLong(object + 0x570, 0);
      all.add(table & -PAGE);
      all.add(system.kernel().memory().getLong(table + 8, 0) & -PAGE);
      all.add(system.kernel().memory().getLong(object + 0x5e0, 0) & -PAGE);
    }
    all.add(system.facts().kernelBase());
    all.add(0xffff_f780_0000_0000L);
    long head = system.kernel().memory().getLong(system.facts().object() + 0x450, 0);
    all.add(head & -PAGE);
    return all;
  }
}
