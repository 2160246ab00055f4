package io.nestwalk.roots;

import java.util.List;

/**
 * A page that could be a VMCS.
 *
 * @param address its physical address
 * @param revision bits 30:0 of its first dword: the processor's revision identifier, which stands
 *     for a layout
 * @param shadow bit 31 of the first dword: a shadow VMCS
 * @param abort the VMX-abort indicator in the second dword
 * @param eptpOffsets where in the page values of an EPTP's form stand
 */
public record VmcsPage(
    long address, int revision, boolean shadow, int abort, List<Integer> eptpOffsets) {

  /** Copies the offsets. */
  public VmcsPage {
    eptpOffsets = List.copyOf(eptpOffsets);
  }

  /** The same page at the address where another machine sees it. */
  public VmcsPage at(long elsewhere) {
    return new VmcsPage(elsewhere, revision, shadow, abort, eptpOffsets);
  }
}
