package io.nestwalk.synthetic;

import io.nestwalk.synthetic.ControlPages.CpuState;
import io.nestwalk.synthetic.TableNode.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * An x86-64 machine as an operating system and a hypervisor fill its memory: a kernel whose upper
 * half all processes share, and guests, each of which is such a machine again.
 */
public final class SyntheticMachine {

  private static final long DIRECT_MAP = 0xffff_8880_0000_0000L;
  private static final long KERNEL_TEXT = 0xffff_ffff_8100_0000L;
  private static final long USER_TEXT = 0x40_0000L;
  private static final long USER_STACK = 0x7fff_ffff_c000L;
  private static final long HOST_START = 0x1_0000;

  /** Elsewhere, so that no guest's root has the number of one of the host's. */
  private static final long GUEST_START = 0x1_c000;

  private static final int PAGE_SHIFT = 12;
  private static final int LARGE_SHIFT = 21;
  private static final long LARGE = 1L << LARGE_SHIFT;
  private static final int PHYSICAL_BITS = 48;

  /** What a processor with write-back tables of four levels has in its EPTP below the root. */
  private static final long EPTP_FLAGS = 0x5e;

  private final WritableMemory memory;
  private final Frames frames;
  private final TableBuilder kernel;
  private final List<TableBuilder> processes = new ArrayList<>();
  private final List<Guest> guests = new ArrayList<>();
  private int asids;

  /**
   * A guest of this machine.
   *
   * @param machine its memory
   * @param secondLevel the tables below it, in this machine's memory
   * @param controls addresses of its VMCBs or VMCSes in this machine's memory
   */
  public record Guest(SyntheticMachine machine, TableBuilder secondLevel, List<Long> controls) {}

  /**
   * Writes a machine without guests.
   *
   * @param size of its memory in bytes, a multiple of 2 MiB
   * @param processCount how many processes it runs
   */
  public SyntheticMachine(WritableMemory memory, long size, int processCount) {
    this(memory, size, processCount, HOST_START);
  }

  private SyntheticMachine(WritableMemory memory, long size, int processCount, long start) {
    this.memory = memory;
    frames = Frames.from(start);
    kernel = new TableBuilder(X86Form.longMode(4, PHYSICAL_BITS), memory, frames);
    kernel.map(DIRECT_MAP, 0, LARGE_SHIFT, size, Rights.KERNEL);
    for (int i = 0; i < 16; i++) {
      kernel.map(KERNEL_TEXT + i * 4096L, page(), PAGE_SHIFT, Rights.KERNEL);
    }
    for (int i = 0; i < processCount; i++) {
      processes.add(process());
    }
  }

  private TableBuilder process() {
    TableBuilder process = new TableBuilder(kernel.form(), memory, frames);
    for (Map.Entry<Integer, Slot> entry : kernel.rootTable().slots().entrySet()) {
      process.link(
          process.rootTable(),
          entry.getKey(),
          entry.getValue().child(),
          Rights.ALL,
          kernel.form().usualTableBits());
    }
    for (int i = 0; i < 5; i++) {
      process.map(USER_TEXT + i * 4096L, page(), PAGE_SHIFT, Rights.ALL);
      process.map(USER_STACK - i * 4096L, page(), PAGE_SHIFT, Rights.ALL);
    }
    return process;
  }

  /** Takes a page and writes something into it. */
  private long page() {
    long page = frames.take(SparseMemory.PAGE, PAGE_SHIFT, PHYSICAL_BITS);
    memory.touch(page, SparseMemory.PAGE);
    memory.putLong(page + 8, 0x0123_4567_89ab_cdefL ^ page);
    return page;
  }

  /** Takes pages of zeros. */
  public long take(int pages) {
    long address = frames.take((long) pages * SparseMemory.PAGE, PAGE_SHIFT, PHYSICAL_BITS);
    memory.touch(address, (long) pages * SparseMemory.PAGE);
    return address;
  }

  /** The memory, at this machine's physical addresses. */
  public WritableMemory memory() {
    return memory;
  }

  /** The kernel's own tables. */
  public TableBuilder kernel() {
    return kernel;
  }

  /** The tables of the processes. */
  public List<TableBuilder> processes() {
    return processes;
  }

  /** The guests. */
  public List<Guest> guests() {
    return guests;
  }

  /** A CPU in the kernel, with the tables of one of the processes. */
  public CpuState cpu(int number) {
    return new CpuState(processes.get(number % processes.size()).root(), KERNEL_TEXT + 0x123);
  }

  /** Adds a guest behind AMD's nested tables, with a VMCB for each of its CPUs. */
  public Guest addAmdGuest(long size, int cpus) {
    Guest guest = guest(X86Form.nestedLong(4, PHYSICAL_BITS), size);
    for (int i = 0; i < cpus; i++) {
      long vmcb = take(1);
      ControlPages.vmcb(
          memory, vmcb, guest.secondLevel.root(), ++asids, guest.machine.cpu(i), take(5));
      guest.controls.add(vmcb);
    }
    return guest;
  }

  /** Adds a guest behind EPT, with a VMCS for each of its CPUs. */
  public Guest addIntelGuest(long size, int cpus, VmcsFields fields) {
    Guest guest = guest(new EptForm(4, PHYSICAL_BITS), size);
    for (int i = 0; i < cpus; i++) {
      long vmcs = take(1);
      ControlPages.vmcs(
          memory,
          vmcs,
          fields,
          eptp(guest),
          guest.machine.cpu(i),
          new CpuState(kernel.root(), KERNEL_TEXT));
      guest.controls.add(vmcs);
    }
    return guest;
  }

  /** The EPT pointer to a guest's tables. */
  public static long eptp(Guest guest) {
    return guest.secondLevel.root() | EPTP_FLAGS;
  }

  /** Adds an area where a CPU kept its state while it ran a guest. */
  public void addHostSave(int cpu) {
    ControlPages.hostSave(memory, take(1), cpu(cpu));
  }

  private Guest guest(TableForm form, long size) {
    TableBuilder secondLevel = new TableBuilder(form, memory, frames);
    // The first large page's worth is in small pages that lie backwards, the rest in large ones.
    long small = frames.take(LARGE, PAGE_SHIFT, PHYSICAL_BITS);
    for (long offset = 0; offset < LARGE; offset += SparseMemory.PAGE) {
      long target = small + LARGE - SparseMemory.PAGE - offset;
      secondLevel.map(offset, target, PAGE_SHIFT, Rights.ALL);
    }
    for (long address = LARGE; address < size; address += LARGE) {
      long target = frames.take(LARGE, LARGE_SHIFT, PHYSICAL_BITS);
      secondLevel.map(address, target, LARGE_SHIFT, Rights.ALL);
    }
    GuestMemory guestMemory = new GuestMemory(memory, secondLevel);
    Guest guest =
        new Guest(
            new SyntheticMachine(guestMemory, size, 3, GUEST_START),
            secondLevel,
            new ArrayList<>());
    guests.add(guest);
    return guest;
  }
}
