package io.nestwalk.roots;

import io.nestwalk.image.Memory;
import io.nestwalk.survey.PageDetector;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Recognises VMCBs: AMD APM volume 2, appendix B, table B-1. A processor refuses a VMCB without the
 * VMRUN intercept or with ASID 0 (15.5.1); hypervisors that are in use set both permission maps.
 */
public final class VmcbDetector implements PageDetector<Vmcb> {

  private static final long INTERCEPTS_2 = 0x10;
  private static final int INTERCEPT_VMRUN = 1;
  private static final long IO_PERMISSIONS = 0x40;
  private static final long MSR_PERMISSIONS = 0x48;
  private static final long ASID = 0x58;
  private static final long NESTED_CONTROL = 0x90;
  private static final long NESTED_CR3 = 0xb0;
  private static final long PAGE_MASK = 0xfff;

  @Override
  public String name() {
    return "vmcb";
  }

  @Override
  public Scan<Vmcb> begin() {
    return new Scan<>() {

      private final List<Vmcb> found = new ArrayList<>();

      @Override
      public void page(long address, MemorySegment bytes, long offset) {
        if (isAccepted(bytes, offset)
            && isMap(bytes.get(Memory.LONG, offset + IO_PERMISSIONS))
            && isMap(bytes.get(Memory.LONG, offset + MSR_PERMISSIONS))) {
          read(address, bytes, offset).ifPresent(found::add);
        }
      }

      @Override
      public void page(long address, long[] words, MemorySegment bytes, long offset) {
        if ((words[(int) INTERCEPTS_2 / Long.BYTES] & INTERCEPT_VMRUN) != 0
            && (int) words[(int) ASID / Long.BYTES] != 0) {
          page(address, bytes, offset);
        }
      }

      @Override
      public List<Vmcb> found() {
        return found;
      }
    };
  }

  /**
   * The VMCB at an address that a register names; it may lack permission maps, which a processor
   * needs only where they are asked for.
   *
   * @return empty when what stands there no processor would have run
   */
  public static Optional<Vmcb> at(Memory memory, long address) {
    return NamedPage.read(memory, address)
        .filter(page -> isAccepted(page, 0))
        .flatMap(page -> read(address, page, 0));
  }

  private static boolean isAccepted(MemorySegment bytes, long offset) {
    return (bytes.get(Memory.INT, offset + INTERCEPTS_2) & INTERCEPT_VMRUN) != 0
        && bytes.get(Memory.INT, offset + ASID) != 0;
  }

  private static Optional<Vmcb> read(long address, MemorySegment bytes, long offset) {
    SvmState state = SvmState.at(bytes, offset);
    if (!state.isConsistent()) {
      return Optional.empty();
    }
    return Optional.of(
        new Vmcb(
            address,
            (bytes.get(Memory.LONG, offset + NESTED_CONTROL) & 1) != 0,
            bytes.get(Memory.LONG, offset + NESTED_CR3),
            bytes.get(Memory.LONG, offset + IO_PERMISSIONS),
            bytes.get(Memory.INT, offset + ASID),
            state.registers()));
  }

  private static boolean isMap(long address) {
    return address != 0 && (address & PAGE_MASK) == 0;
  }
}
