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
 * @param pointers its values that have the form of an EPTP
 */
public record VmcsPage(
    long address, int revision, boolean shadow, int abort, List<Pointer> pointers) {

  /**
   * A value that has the form of an EPTP.
   *
   * @param offset where it stands in the page, in bytes
   * @param value the value
   */
  public record Pointer(int offset, long value) {}

  /** Copies the pointers. */
  public VmcsPage {
    pointers = List.copyOf(pointers);
  }

  /** The same page at the address where another machine sees it. */
  public VmcsPage at(long elsewhere) {
    return new VmcsPage(elsewhere, revision, shadow, abort, pointers);
  }
}
