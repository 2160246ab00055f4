package io.nestwalk.memory;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.DirectMappedCache;
import io.nestwalk.paging.Fault;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Translation;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Set;

/**
 * The physical memory of a paravirtualized guest of Xen as the guest counts it. Such a guest's page
 * tables are the machine's own and name machine pages; which number a page has in the guest, its
 * kernel's map of all its memory says, and Xen's table of guest page numbers must agree.
 *
 * <p>Table pages read as Xen saves them: machine pages in entries are given as the guest's pages,
 * and entries that name pages of others (Xen's own slots, devices, pages that another guest lent)
 * are empty. So everything that walks tables walks these.
 */
public final class PseudoPhysicalMemory implements Layer {

  private static final int PAGE_SHIFT = 12;
  private static final long OFFSET = PAGE - 1;
  private static final long USER = 1L << 2;
  private static final long KERNEL_ONLY = 1L << 52;
  private static final long FRAME = 0x000f_ffff_ffff_f000L;

  /** Enough for the tables of a process and of a kernel's map of a gigabyte. */
  private static final int KEPT_TABLES = 1 << 10;

  /** The widest map of all its memory that a kernel has room for: 64 TiB. */
  private static final long END = 1L << 46;

  private final Layer kernel;
  private final long base;
  private final MachineFrames frames;

  /** The machine addresses of the guest's page tables, in order. */
  private final long[] tables;

  private final DirectMappedCache cache = DirectMappedCache.ofPages();

  /** The tables that were read last, by their page's number. */
  private final Table[] read = new Table[KEPT_TABLES];

  /** A table and where the machine has it. */
  private static final class Table {
    private final long machine;
    private final long[] entries;

    Table(long machine, long[] entries) {
      this.machine = machine;
      this.entries = entries;
    }
  }

  private PseudoPhysicalMemory(Layer kernel, long base, MachineFrames frames, long[] tables) {
    this.kernel = kernel;
    this.base = base;
    this.frames = frames;
    this.tables = tables;
  }

  /**
   * The memory of one guest.
   *
   * @param kernel its kernel's virtual memory, whose pages are the machine's
   * @param base where its map of all its memory begins there
   * @param frames the numbers of its pages
   * @param tables the machine addresses of its page tables
   */
  public static PseudoPhysicalMemory of(
      Layer kernel, long base, MachineFrames frames, Set<Long> tables) {
    long[] inOrder = tables.stream().mapToLong(Long::longValue).sorted().toArray();
    return new PseudoPhysicalMemory(kernel, base, frames, inOrder);
  }

  @Override
  public Memory below() {
    return kernel.below();
  }

  @Override
  public PseudoPhysicalMemory fork() {
    Layer other = kernel.fork();
    return new PseudoPhysicalMemory(other, base, frames.over(other.below()), tables);
  }

  @Override
  public long translate(long address) {
    long number = address >>> PAGE_SHIFT;
    long page = cache.find(number);
    if (page == DirectMappedCache.NONE) {
      page = translatePage(address & ~OFFSET);
      cache.keep(number, page);
    }
    return Translation.isFault(page) ? page : page | (address & OFFSET);
  }

  private long translatePage(long address) {
    if (address < 0 || address >= END) {
      return Translation.of(Fault.NOT_PRESENT);
    }
    long machine = kernel.translate(base + address);
    if (Translation.isFault(machine)) {
      return machine;
    }
    return isOwn(address, Translation.address(machine))
        ? Translation.of(Translation.address(machine), PAGE_SHIFT)
        : Translation.of(Fault.NOT_PRESENT);
  }

  private boolean isOwn(long address, long machine) {
    return frames.guestPage(machine >>> PAGE_SHIFT) == address >>> PAGE_SHIFT;
  }

  @Override
  public Passage pass(long address) {
    return Passage.of(translate(address));
  }

  @Override
  public Enumerated forEachRun(long from, long to, Budget budget, RunVisitor visitor) {
    if (from < 0 || from >= END) {
      return Enumerated.ALL;
    }
    long last = to < 0 || to >= END ? END - 1 : to;
    Enumerated shown =
        kernel.forEachRun(
            base + from,
            base + last,
            budget,
            (start, below, length, shift, permissions, state) ->
                below == PageRuns.NOT_MAPPED || pages(start - base, below, length, visitor));
    return shown.complete() ? shown : Enumerated.cutFrom(shown.cutFrom() - base);
  }

  private boolean pages(long address, long machine, long length, RunVisitor visitor) {
    for (long offset = 0; offset < length; offset += PAGE) {
      if (isOwn(address + offset, machine + offset)
          && !visitor.run(
              address + offset,
              machine + offset,
              PAGE,
              PAGE_SHIFT,
              Permissions.ALL,
              PageState.MAPPED)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public long getLong(long address, long ifMissing) {
    if ((address & OFFSET) > PAGE - Long.BYTES) {
      return Memory.assembleLong(this, address, ifMissing);
    }
    long translation = translate(address);
    if (Translation.isFault(translation)) {
      return ifMissing;
    }
    long machine = Translation.address(translation);
    Table table = tableAt(machine);
    if (table == null) {
      return below().getLong(machine, ifMissing);
    }
    return (machine & Long.BYTES - 1) == 0
        ? table.entries[(int) (machine & OFFSET) / Long.BYTES]
        : Memory.assembleLong(this, address, ifMissing);
  }

  /** What is below has the tables as the machine has them: of these the entries are given. */
  @Override
  public void getLongs(long address, long[] target, int from, int count, long ifMissing) {
    int done = 0;
    while (done < count) {
      long position = address + (long) done * Long.BYTES;
      int piece = Math.min(count - done, (int) ((PAGE - (position & OFFSET)) / Long.BYTES));
      long machine = translate(position);
      if (piece == 0 || (position & Long.BYTES - 1) != 0 || Translation.isFault(machine)) {
        target[from + done] = getLong(position, ifMissing);
        done++;
        continue;
      }
      long at = Translation.address(machine);
      Table table = tableAt(at);
      if (table == null) {
        below().getLongs(at, target, from + done, piece, ifMissing);
      } else {
        System.arraycopy(
            table.entries, (int) (at & OFFSET) / Long.BYTES, target, from + done, piece);
      }
      done += piece;
    }
  }

  /** The table that a machine address lies in; null when it lies in none that is there. */
  private Table tableAt(long machine) {
    long page = machine & ~OFFSET;
    int slot = (int) (page >>> PAGE_SHIFT) & KEPT_TABLES - 1;
    Table table = read[slot];
    if (table != null && table.machine == page) {
      return table;
    }
    if (Arrays.binarySearch(tables, page) < 0 || !below().isPresent(page)) {
      return null;
    }
    long[] entries = new long[(int) PAGE / Long.BYTES];
    for (int i = 0; i < entries.length; i++) {
      entries[i] = entry(page + (long) i * Long.BYTES);
    }
    table = new Table(page, entries);
    read[slot] = table;
    return table;
  }

  @Override
  public int getInt(long address, int ifMissing) {
    return Memory.assembleInt(this, address, ifMissing);
  }

  @Override
  public int getByte(long address) {
    long translation = translate(address);
    if (Translation.isFault(translation)) {
      return -1;
    }
    long machine = Translation.address(translation);
    Table table = tableAt(machine);
    if (table == null) {
      return below().getByte(machine);
    }
    long entry = table.entries[(int) (machine & OFFSET) / Long.BYTES];
    return (int) (entry >>> ((machine & (Long.BYTES - 1)) * Byte.SIZE)) & 0xff;
  }

  /** An entry of one of the guest's tables in terms of the guest. */
  private long entry(long machine) {
    long entry = below().getLong(machine, 0);
    if ((entry & 1) == 0) {
      return entry;
    }
    long target = entry & FRAME;
    long page = frames.guestPage(target >>> PAGE_SHIFT);
    if (page == MachineFrames.NONE || target == (machine & ~OFFSET)) {
      return 0;
    }
    long own = kernel.translate(base + (page << PAGE_SHIFT));
    return !Translation.isFault(own) && Translation.address(own) == target
        ? (rights(entry) & ~FRAME) | (page << PAGE_SHIFT)
        : 0;
  }

  /**
   * A guest's kernel runs as a user to the processor, so Xen gives all its pages to users and marks
   * those that the kernel kept to itself (_PAGE_GUEST_KERNEL).
   */
  private static long rights(long entry) {
    return (entry & KERNEL_ONLY) == 0 ? entry : entry & ~(KERNEL_ONLY | USER);
  }

  @Override
  public long read(long address, MemorySegment target) {
    long copied = 0;
    while (copied < target.byteSize()) {
      long position = address + copied;
      long translation = translate(position);
      if (Translation.isFault(translation)) {
        break;
      }
      long machine = Translation.address(translation);
      long wanted = Math.min(target.byteSize() - copied, PAGE - (position & OFFSET));
      MemorySegment piece = target.asSlice(copied, wanted);
      Table table = tableAt(machine);
      long got =
          table == null
              ? below().read(machine, piece)
              : copy(table, (int) (machine & OFFSET), piece);
      copied += got;
      if (got < wanted) {
        break;
      }
    }
    return copied;
  }

  private static long copy(Table table, int offset, MemorySegment target) {
    ByteBuffer bytes = ByteBuffer.allocate((int) PAGE).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(table.entries);
    MemorySegment.copy(MemorySegment.ofArray(bytes.array()), offset, target, 0, target.byteSize());
    return target.byteSize();
  }
}
