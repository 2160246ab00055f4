package io.nestwalk.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.nestwalk.image.MappedMemory;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryContractTest;
import io.nestwalk.paging.Walker;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.TableBuilder;
import io.nestwalk.synthetic.X86Form;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * A paravirtualized guest's memory does what every memory does, and gives its tables in the guest's
 * own terms whichever way they are read.
 */
class PseudoPhysicalMemoryContractTest extends MemoryContractTest {

  private static final int PAGE_SHIFT = 12;
  private static final long BASE = 0xffff_8880_0000_0000L;
  private static final long TABLE = 0x3000;
  private static final long LENT = 0x66_6000;

  private final SparseMemory bytes = new SparseMemory();
  private final Map<Long, Long> numbers = new HashMap<>();

  /** The guest's numbers of the machine's pages, whatever memory they are read through. */
  private record Numbers(Map<Long, Long> known) implements MachineFrames {

    @Override
    public long guestPage(long machinePage) {
      return known.getOrDefault(machinePage, NONE);
    }

    @Override
    public MachineFrames over(Memory memory) {
      return this;
    }
  }

  @Override
  protected Memory memoryOf(SortedMap<Long, byte[]> pages) {
    return memoryOf(pages, Set.of());
  }

  private Layer memoryOf(SortedMap<Long, byte[]> pages, Set<Long> tables) {
    TableBuilder kernel = new TableBuilder(X86Form.longMode(4, 48), bytes, Frames.from(0x10_0000));
    long machine = 0x90_0000;
    for (Map.Entry<Long, byte[]> page : pages.entrySet()) {
      kernel.map(BASE + page.getKey(), machine, PAGE_SHIFT, Rights.KERNEL);
      numbers.put(machine >>> PAGE_SHIFT, page.getKey() >>> PAGE_SHIFT);
      bytes.put(machine, page.getValue());
      machine -= 0x2000;
    }
    MappedMemory host = bytes.memory();
    return PseudoPhysicalMemory.of(
        TranslatedMemory.of(host, new Walker(kernel.form().mode(), kernel.root(), host)),
        BASE,
        new Numbers(numbers),
        tables);
  }

  @Override
  protected byte storedByte(long location) {
    return bytes.stored(location);
  }

  @Test
  void tablesAreTheGuestsWhicheverWayTheyAreRead() {
    SortedMap<Long, byte[]> pages = new TreeMap<>();
    byte[] table = new byte[PAGE];
    pages.put(TABLE, table);
    pages.put(TABLE + PAGE, new byte[PAGE]);
    // The second page's machine page is the one before the first's.
    MemorySegment.ofArray(table).set(Memory.LONG, 8, 0x90_0000 - 0x2000 | 0x67L);
    MemorySegment.ofArray(table).set(Memory.LONG, 16, LENT | 0x67L);
    Layer memory = memoryOf(pages, Set.of(0x90_0000L));
    long own = TABLE + PAGE | 0x67L;
    assertThat(memory.getLong(TABLE + 8, -1)).isEqualTo(own);
    long[] entries = new long[4];
    memory.getLongs(TABLE, entries, 0, entries.length, -1);
    assertThat(entries).containsExactly(0, own, 0, 0);
    memory.getLongs(TABLE + 4, entries, 0, 1, -1);
    assertThat(entries[0]).isEqualTo(own << Integer.SIZE);
    byte[] copy = memory.readBytes(TABLE, PAGE);
    assertThat(MemorySegment.ofArray(copy).get(Memory.LONG, 8)).isEqualTo(own);
    assertThat(memory.getByte(TABLE + 8)).isEqualTo(0x67);
  }
}
