package io.nestwalk.synthetic;

/**
 * Writes the structures that processors keep of guests: VMCB and host-save area (AMD volume 2,
 * appendix B), VMCS (Intel volume 3C, chapter 25, in a given layout).
 */
public final class ControlPages {

  private static final long CR0 = 0x8005_0033L;
  private static final long CR4_PAE = 1 << 5;
  private static final long CR4_VMXE = 1 << 13;
  private static final long EFER = 0x1d01L;
  private static final int SAVE_AREA = 0x400;

  private ControlPages() {}

  /**
   * What a CPU was at.
   *
   * @param cr3 its root
   * @param rip its instruction
   */
  public record CpuState(long cr3, long rip) {}

  /** Writes a VMCB with nested paging. */
  public static void vmcb(
      WritableMemory memory, long address, long nestedCr3, int asid, CpuState guest, long maps) {
    shadowVmcb(memory, address, asid, guest, maps);
    memory.putLong(address + 0x90, 1);
    memory.putLong(address + 0xb0, nestedCr3);
  }

  /** Writes a VMCB without nested paging: its CR3 is the shadow root. */
  public static void shadowVmcb(
      WritableMemory memory, long address, int asid, CpuState guest, long maps) {
    memory.touch(address, SparseMemory.PAGE);
    memory.putInt(address + 0x0c, 0xc4);
    memory.putInt(address + 0x10, 0x1f);
    memory.putLong(address + 0x40, maps);
    memory.putLong(address + 0x48, maps + 0x3000);
    memory.putInt(address + 0x58, asid);
    state(memory, address + SAVE_AREA, guest);
  }

  /** Writes a host-save area as the processors seen so far have it. */
  public static void hostSave(WritableMemory memory, long address, CpuState host) {
    memory.touch(address, SparseMemory.PAGE);
    state(memory, address + SAVE_AREA, host);
  }

  private static void state(WritableMemory memory, long area, CpuState cpu) {
    memory.putLong(area + 0xd0, EFER);
    memory.putLong(area + 0x148, CR4_PAE);
    memory.putLong(area + 0x150, cpu.cr3());
    memory.putLong(area + 0x158, CR0);
    memory.putLong(area + 0x170, 0x46);
    memory.putLong(area + 0x178, cpu.rip());
  }

  /** Writes a VMCS. */
  public static void vmcs(
      WritableMemory memory,
      long address,
      VmcsFields fields,
      long eptp,
      CpuState guest,
      CpuState host) {
    memory.touch(address, SparseMemory.PAGE);
    memory.putInt(address, fields.revision());
    memory.putLong(address + fields.eptp(), eptp);
    memory.putLong(address + fields.link(), -1);
    memory.putLong(address + fields.guestCr0(), CR0);
    memory.putLong(address + fields.guestCr3(), guest.cr3());
    memory.putLong(address + fields.guestCr4(), CR4_PAE | CR4_VMXE);
    memory.putLong(address + fields.guestRip(), guest.rip());
    memory.putLong(address + fields.hostCr0(), CR0);
    memory.putLong(address + fields.hostCr3(), host.cr3());
    memory.putLong(address + fields.hostCr4(), CR4_PAE | CR4_VMXE);
    memory.putLong(address + fields.hostRip(), host.rip());
  }

  /** Turns a VMCS into a shadow VMCS. */
  public static void markShadow(WritableMemory memory, long address, VmcsFields fields) {
    memory.putInt(address, fields.revision() | 1 << 31);
  }
}
