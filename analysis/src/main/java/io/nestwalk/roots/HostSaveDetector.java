package io.nestwalk.roots;

import io.nestwalk.image.Memory;
import io.nestwalk.survey.PageDetector;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Recognises host-save areas. Their form is the processor's own (AMD APM volume 2, 15.30.4); those
 * seen so far look like a VMCB's state-save area below an empty control area.
 */
public final class HostSaveDetector implements PageDetector<HostSave> {

  /** The intercepts of a VMCB stand here; in a host-save area nothing does. */
  private static final long CONTROL_END = 0x40;

  @Override
  public String name() {
    return "host-save";
  }

  @Override
  public Scan<HostSave> begin() {
    return new Scan<>() {

      private final List<HostSave> found = new ArrayList<>();

      @Override
      public void page(long address, MemorySegment bytes, long offset) {
        for (long i = 0; i < CONTROL_END; i += Long.BYTES) {
          if (bytes.get(Memory.LONG, offset + i) != 0) {
            return;
          }
        }
        examine(address, bytes, offset);
      }

      @Override
      public void page(long address, long[] words, MemorySegment bytes, long offset) {
        for (int i = 0; i < CONTROL_END / Long.BYTES; i++) {
          if (words[i] != 0) {
            return;
          }
        }
        examine(address, bytes, offset);
      }

      private void examine(long address, MemorySegment bytes, long offset) {
        SvmState state = SvmState.at(bytes, offset);
        // The host called VMRUN from its kernel: paging is on and the address is in the upper half.
        if (state.isConsistent() && state.isPaging() && state.rip() < 0 && state.cr3() != 0) {
          found.add(new HostSave(address, state.registers()));
        }
      }

      @Override
      public List<HostSave> found() {
        return found;
      }
    };
  }

  /**
   * The host-save area at an address that VM_HSAVE_PA names, whatever stands before the state.
   *
   * @return empty when no state of a host with paging stands there
   */
  public static Optional<HostSave> at(Memory memory, long address) {
    return NamedPage.read(memory, address)
        .map(page -> SvmState.at(page, 0))
        .filter(state -> state.isConsistent() && state.isPaging() && state.cr3() != 0)
        .map(state -> new HostSave(address, state.registers()));
  }
}
