package io.nestwalk.roots;

import static io.nestwalk.image.RegisterNames.CR3;

import io.nestwalk.image.Registers;

/**
 * The area where a processor kept the host's state while it ran a guest (MSR VM_HSAVE_PA).
 *
 * @param address its physical address
 * @param registers the host's registers as of the last VMRUN
 */
public record HostSave(long address, Registers registers) {

  /** The host's CR3. */
  public long cr3() {
    return registers.get(CR3, 0);
  }
}
