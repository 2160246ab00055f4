package io.nestwalk.roots;

import static io.nestwalk.image.RegisterNames.CR3;

import io.nestwalk.image.Registers;

/**
 * A virtual machine control block of AMD's SVM.
 *
 * @param address its physical address
 * @param nestedPaging whether NP_ENABLE is set
 * @param nestedCr3 the nested root, meaningful with nested paging only
 * @param ioPermissions the address of the I/O permission map
 * @param asid the guest's address-space identifier, not 0
 * @param registers the guest's registers as of its last exit; without nested paging {@code cr3} is
 *     the shadow root
 */
public record Vmcb(
    long address,
    boolean nestedPaging,
    long nestedCr3,
    long ioPermissions,
    int asid,
    Registers registers) {

  /** The CR3 field. */
  public long cr3() {
    return registers.get(CR3, 0);
  }

  /** The same VMCB at the address where another machine sees it. */
  public Vmcb at(long elsewhere) {
    return new Vmcb(elsewhere, nestedPaging, nestedCr3, ioPermissions, asid, registers);
  }
}
