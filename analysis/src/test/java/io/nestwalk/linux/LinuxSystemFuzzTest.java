package io.nestwalk.linux;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.nestwalk.linux.kernel.FilePaths;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.KernelImage;
import io.nestwalk.linux.kernel.TaskFields;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Walker;
import io.nestwalk.synthetic.PatchedMemory;
import io.nestwalk.system.GuestProcess;
import io.nestwalk.system.GuestSystem;
import io.nestwalk.system.Warnings;
import io.nestwalk.types.KernelTypes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A real kernel of whose structures any words lie: whatever comes out, something comes out, soon.
 */
class LinuxSystemFuzzTest {

  private static final int PAGE = 4096;

  /** Page, word, kind and value. */
  private static final int LIE = 2 + 2 + 1 + 8;

  private static final int MOST = 1000;

  /** Recognising a kernel takes a hundred times as long as reading it: not every input has to. */
  private static final int RECOGNISED = 32;

  private static RealMachine machine;
  private static LinuxSystem honest;
  private static KernelImage image;
  private static List<Long> pages;

  static Stream<byte[]> lies() {
    return Stream.of(1, 2, 3)
        .map(
            seed -> {
              byte[] lies = new byte[40 * LIE];
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
      machine = RealMachine.get("kvm-npt host");
      honest = (LinuxSystem) machine.system();
      image = KernelImage.find(machine.tables()).orElseThrow();
      pages = StructurePages.of(honest);
    }
    PatchedMemory memory = new PatchedMemory(machine.physical());
    ByteBuffer bytes = ByteBuffer.wrap(lies).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.remaining() >= LIE) {
      long at = page(bytes.getShort()) + 8L * Math.floorMod(bytes.getShort(), PAGE / 8);
      int kind = bytes.get() & 3;
      long value = bytes.getLong();
      long physical = StructurePages.physical(machine, at);
      if (physical >= 0) {
        memory.putLong(
            physical,
            switch (kind) {
              case 0 -> page((short) value) + 8L * Math.floorMod(value >> 16, PAGE / 8);
              case 1 -> at + (byte) value;
              default -> value;
            });
      }
    }
    if (lies.length % RECOGNISED == 0) {
      LinuxSystem.recognise(memory, List.of(machine.tables().over(memory)))
          .ifPresent(LinuxSystemFuzzTest::read);
    }
    read(lying(memory));
  }

  /** The system as it was recognised before the lies. */
  private static LinuxSystem lying(PatchedMemory memory) {
    KernelTypes types = honest.types();
    Walker tables = machine.tables().over(memory);
    Kernel kernel =
        new Kernel(
            memory,
            tables,
            TranslatedMemory.of(memory, tables),
            types,
            honest.symbols(),
            new Warnings());
    return new LinuxSystem(
        kernel,
        image,
        honest.facts(),
        new TaskFields(types),
        new AddressSpaces(kernel, types.field("mm_struct", "pgd")),
        new FilePaths(kernel));
  }

  private static long page(short number) {
    return pages.get(Short.toUnsignedInt(number) % pages.size());
  }

  private static void read(GuestSystem system) {
    List<GuestProcess> processes = system.processes();
    long all = processes.size();
    for (GuestProcess process : processes.subList(0, Math.min(8, processes.size()))) {
      all += system.mappings(process).size() + system.openFiles(process).size();
      system.arguments(process);
      system.environment(process);
      system.context(process);
      all += system.threads(process).size();
    }
    all += system.sockets().sockets().size() + system.mounts().size() + system.checks().size();
    all += system.virtualMachines().size() + system.modules().size() + system.log().size();
    if (all > 1000L * MOST || system.warnings().size() > MOST) {
      throw new AssertionError(all + " things, " + system.warnings().size() + " warnings");
    }
  }
}
