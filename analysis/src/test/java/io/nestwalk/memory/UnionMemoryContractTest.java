package io.nestwalk.memory;

import io.nestwalk.image.MappedMemory;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryContractTest;
import io.nestwalk.paging.Walker;
import io.nestwalk.synthetic.EptForm;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.SparseMemory;
import io.nestwalk.synthetic.TableBuilder;
import java.util.Map;
import java.util.SortedMap;

/** Two views as one do what every memory does; the pages are dealt out to them in turn. */
class UnionMemoryContractTest extends MemoryContractTest {

  private static final int PAGE_SHIFT = 12;

  private final SparseMemory bytes = new SparseMemory();

  @Override
  protected Memory memoryOf(SortedMap<Long, byte[]> pages) {
    Frames frames = Frames.from(0x10_0000);
    TableBuilder even = new TableBuilder(new EptForm(4, 48), bytes, frames);
    TableBuilder odd = new TableBuilder(new EptForm(4, 48), bytes, frames);
    long target = 0x90_0000;
    TableBuilder next = even;
    for (Map.Entry<Long, byte[]> page : pages.entrySet()) {
      next.map(page.getKey(), target, PAGE_SHIFT, Rights.ALL);
      bytes.put(target, page.getValue());
      target -= 0x2000;
      next = next == even ? odd : even;
    }
    MappedMemory host = bytes.memory();
    return UnionMemory.of(layer(even, host), layer(odd, host));
  }

  private static Layer layer(TableBuilder tables, MappedMemory host) {
    return TranslatedMemory.of(host, new Walker(tables.form().mode(), tables.root(), host));
  }

  @Override
  protected byte storedByte(long location) {
    return bytes.stored(location);
  }
}
