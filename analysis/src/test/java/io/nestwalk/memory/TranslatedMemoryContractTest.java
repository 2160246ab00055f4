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

/** Guest-physical memory behind EPT does what every memory does. */
class TranslatedMemoryContractTest extends MemoryContractTest {

  private static final int PAGE_SHIFT = 12;

  private final SparseMemory bytes = new SparseMemory();

  @Override
  protected Memory memoryOf(SortedMap<Long, byte[]> pages) {
    Frames frames = Frames.from(0x10_0000);
    TableBuilder tables = new TableBuilder(new EptForm(4, 48), bytes, frames);
    // Backwards, so that pages which touch are apart in the host's memory.
    long target = 0x90_0000;
    for (Map.Entry<Long, byte[]> page : pages.entrySet()) {
      tables.map(page.getKey(), target, PAGE_SHIFT, Rights.ALL);
      bytes.put(target, page.getValue());
      target -= 0x2000;
    }
    MappedMemory host = bytes.memory();
    return TranslatedMemory.of(host, new Walker(tables.form().mode(), tables.root(), host));
  }

  @Override
  protected byte storedByte(long location) {
    return bytes.stored(location);
  }
}
