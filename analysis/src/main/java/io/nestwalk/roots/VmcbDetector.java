package io.nestwalk.roots;

import io.nestwalk.image.Memory;
import io.nestwalk.survey.PageDetector;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

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
  public Scan<Vmcb> begin() {
    return new Scan<>() {

      private final List<Vmcb> found = new ArrayList<>();

      @Override
      public void page(long address, MemorySegment bytes, long offset) {
        if ((bytes.get(Memory.INT, offset + INTERCEPTS_2) & INTERCEPT_VMRUN) != 0
            && bytes.get(Memory.INT, offset + ASID) != 0
            && isMap(bytes.get(Memory.LONG, offset + IO_PERMISSIONS))
            && isMap(bytes.get(Memory.LONG, offset + MSR_PERMISSIONS))) {
          add(address, bytes, offset);
        }
      }

      private void add(long address, MemorySegment bytes, long offset) {
        SvmState state = SvmState.at(bytes, offset);
        if (state.isConsistent()) {
          found.add(
              new Vmcb(
                  address,
                  (bytes.get(Memory.LONG, offset + NESTED_CONTROL) & 1) != 0,
                  bytes.get(Memory.LONG, offset + NESTED_CR3),
                  bytes.get(Memory.LONG, offset + IO_PERMISSIONS),
                  bytes.get(Memory.INT, offset + ASID),
                  state.registers()));
        }
      }

      @Override
      public List<Vmcb> found() {
        return found;
      }
    };
  }

  private static boolean isMap(long address) {
    return address != 0 && (address & PAGE_MASK) == 0;
  }
}
