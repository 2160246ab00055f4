package io.nestwalk.memory;

import io.nestwalk.image.MappedMemory;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryContractTest;
import io.nestwalk.paging.Walker;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.TableBuilder;
import io.nestwalk.synthetic.X86Form;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/** Memory made of a hypervisor's slots does what every memory does. */
class SlotMemoryContractTest extends MemoryContractTest {

  private static final int PAGE_SHIFT = 12;

  private final SparseMemory bytes = new SparseMemory();

  @Override
  protected Memory memoryOf(SortedMap<Long, byte[]> pages) {
    // One slot has pages that touch and a hole between; the next two touch, in reversed order.
    List<MemorySlot> slots =
        List.of(
            new MemorySlot(0x2000, 5 * PAGE, 0x7f00_0000_2000L),
            new MemorySlot(0x7_0000_0000L, PAGE, 0x7f00_2000_1000L),
            new MemorySlot(0x7_0000_1000L, PAGE, 0x7f00_2000_0000L));
    TableBuilder tables = new TableBuilder(X86Form.longMode(4, 48), bytes, Frames.from(0x10_0000));
    long target = 0x90_0000;
    for (Map.Entry<Long, byte[]> page : pages.entrySet()) {
      MemorySlot slot =
          slots.stream()
              .filter(each -> each.start() <= page.getKey() && page.getKey() < each.end())
              .findFirst()
              .orElseThrow();
      long virtual = page.getKey() - slot.start() + slot.hostVirtual();
      tables.map(virtual, target, PAGE_SHIFT, Rights.ALL);
      bytes.put(target, page.getValue());
      target -= 0x2000;
    }
    MappedMemory host = bytes.memory();
    Walker walker = new Walker(tables.form().mode(), tables.root(), host);
    return SlotMemory.of(TranslatedMemory.of(host, walker), slots);
  }

  @Override
  protected byte storedByte(long location) {
    return bytes.stored(location);
  }
}
