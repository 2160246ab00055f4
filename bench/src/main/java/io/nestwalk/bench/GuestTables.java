package io.nestwalk.bench;

import io.nestwalk.image.MappedMemory;
import io.nestwalk.image.Memory;
import io.nestwalk.image.MemoryRun;
import io.nestwalk.image.PhysicalMemory;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Walker;
import io.nestwalk.synthetic.EptForm;
import io.nestwalk.synthetic.Frames;
import io.nestwalk.synthetic.Rights;
import io.nestwalk.synthetic.TableBuilder;
import io.nestwalk.synthetic.WritableMemory;
import io.nestwalk.synthetic.X86Form;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * A guest with 4 GiB of memory behind EPT, as hosts have them: half of it in large pages and half
 * in small ones, in both stages. Its data lies in 256 MiB of the host, again and again, so that the
 * tables and not the data decide how long a walk takes.
 */
final class GuestTables implements AutoCloseable {

  /** How much guest memory, and how much of the guest's virtual memory, is mapped. */
  private static final long GUEST_BYTES = 4L << 30;

  /** The first virtual address that is mapped. */
  private static final long VIRTUAL = 0x7f00_0000_0000L;

  private static final int SMALL = 12;
  private static final int LARGE = 21;
  private static final long LARGE_BYTES = 1L << LARGE;
  private static final long TABLE_BYTES = 64L << 20;
  private static final long DATA_BYTES = 256L << 20;
  private static final int PHYSICAL_BITS = 48;

  private final Arena arena;
  private final PhysicalMemory host;
  private final TableBuilder ept;
  private final TableBuilder guest;

  @SuppressWarnings("MustBeClosedChecker") // closed in close()
  GuestTables() {
    arena = Arena.ofShared();
    MemorySegment bytes = arena.allocate(TABLE_BYTES + DATA_BYTES, LARGE_BYTES);
    host = MappedMemory.of(bytes, List.of(new MemoryRun(0, bytes.byteSize(), 0)));
    WritableMemory hostBytes = new SegmentMemory(bytes, 0);
    ept = new TableBuilder(new EptForm(4, PHYSICAL_BITS), hostBytes, Frames.from(0x1000));
    // The guest's tables lie in its first 64 MiB, which stand at the end of the data.
    for (long address = 0; address < GUEST_BYTES; address += LARGE_BYTES) {
      map(ept, address, TABLE_BYTES + address % DATA_BYTES, address);
    }
    guest =
        new TableBuilder(
            X86Form.longMode(4, PHYSICAL_BITS),
            new SegmentMemory(bytes, TABLE_BYTES),
            Frames.from(0x1000));
    for (long address = 0; address < GUEST_BYTES; address += LARGE_BYTES) {
      map(guest, VIRTUAL + address, address, address >>> 1);
    }
  }

  /** Two megabytes in one page or in 512, by turns. */
  private static void map(TableBuilder tables, long address, long target, long turn) {
    int shift = (turn & LARGE_BYTES) == 0 ? SMALL : LARGE;
    tables.map(address, target, shift, LARGE_BYTES, Rights.ALL);
  }

  /** The host's physical memory. */
  PhysicalMemory host() {
    return host;
  }

  /** A walker of the second level. */
  Walker secondLevel() {
    return walker(ept, host);
  }

  /** The guest's physical memory. */
  TranslatedMemory physical() {
    return TranslatedMemory.of(host, secondLevel());
  }

  /** The guest's physical memory as a space of one layer. */
  TableSpace physicalSpace() {
    return TableSpace.of(host, secondLevel());
  }

  /** The guest's virtual memory: two layers. */
  TableSpace virtualSpace() {
    TranslatedMemory physical = physical();
    return TableSpace.of(physical, walker(guest, physical), Optional.empty());
  }

  private static Walker walker(TableBuilder tables, Memory memory) {
    return new Walker(tables.form().mode(), tables.root(), memory);
  }

  @Override
  public void close() {
    arena.close();
  }

  /** A segment that tables are written into. */
  private record SegmentMemory(MemorySegment bytes, long start) implements WritableMemory {

    @Override
    public void putLong(long address, long value) {
      bytes.set(Memory.LONG, start + address, value);
    }

    @Override
    public void putInt(long address, int value) {
      bytes.set(Memory.INT, start + address, value);
    }

    @Override
    public void touch(long address, long length) {
      // All of it is there.
    }
  }
}
