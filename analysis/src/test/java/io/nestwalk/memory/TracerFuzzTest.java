package io.nestwalk.memory;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.synthetic.Forms;
import io.nestwalk.synthetic.MemoryWords;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.SyntheticMachine;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any memory as a guest's behind a second level: walk and trace end, and tell the same. */
class TracerFuzzTest {

  /** Two modes, two roots and an address come first. */
  private static final int HEADER = 4 + 3 * Long.BYTES;

  private static final int MIB = 1 << 20;

  /** Seeds of {@link Forms} that give four levels of x86's long mode. */
  private static final int LONG_MODE = 3;

  static Stream<byte[]> machines() {
    SparseMemory memory = new SparseMemory();
    SyntheticMachine host = new SyntheticMachine(memory, 8 * MIB, 1);
    SyntheticMachine.Guest guest = host.addAmdGuest(2 * MIB, 0);
    byte[] words = MemoryWords.encode(memory);
    return Stream.of(0x40_0123L, 0x7fff_ffff_bff8L, 0xffff_8880_0000_1000L, 0xffff_ffff_8100_0040L)
        .map(
            address ->
                ByteBuffer.allocate(HEADER + words.length)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .put(Forms.X86.number())
                    .put((byte) seedOf(Forms.X86))
                    .put(Forms.NPT.number())
                    .put((byte) seedOf(Forms.NPT))
                    .putLong(guest.machine().processes().getFirst().root())
                    .putLong(guest.secondLevel().root())
                    .putLong(address)
                    .put(words)
                    .array());
  }

  private static int seedOf(Forms forms) {
    int seed = 0;
    while (forms.any(new Random(seed)).mode().levels().size() != LONG_MODE + 1) {
      seed++;
    }
    return seed;
  }

  @MethodSource("machines")
  @FuzzTest
  void traces(byte[] input) {
    if (input == null || input.length < HEADER) {
      return;
    }
    ByteBuffer bytes = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN);
    Forms first = Forms.numbered(bytes.get());
    Random firstSeed = new Random(bytes.get());
    Forms second = Forms.numbered(bytes.get());
    Random secondSeed = new Random(bytes.get());
    long firstRoot = bytes.getLong();
    long secondRoot = bytes.getLong();
    long address = bytes.getLong();
    PhysicalMemory host = MemoryWords.decode(bytes).memory();
    Walker below = new Walker(second.any(secondSeed).mode(), secondRoot, host);
    TranslatedMemory guest = TranslatedMemory.of(host, below);
    Walker above = new Walker(first.any(firstSeed).mode(), firstRoot, guest);
    TranslatedMemory memory = TranslatedMemory.of(guest, above);
    Trace trace = Tracer.trace(memory, address, List.of("guest", "second"));
    long lowest = Layer.toLowest(memory, address);
    if (Translation.isFault(lowest) != trace.fault().isPresent()) {
      throw new AssertionError("0x%x: 0x%x but %s".formatted(address, lowest, trace));
    }
    if (memory.isPresent(address) && memory.getByte(address) < 0) {
      throw new AssertionError("0x%x is present and can't be read".formatted(address));
    }
    memory.readBytes(address, 3 * SparseMemory.PAGE);
  }
}
