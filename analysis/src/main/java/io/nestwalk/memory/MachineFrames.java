package io.nestwalk.memory;

import io.nestwalk.image.Memory;

/** Which of its guests' pages a hypervisor has made each page of the machine. */
public interface MachineFrames {

  /** No guest's. */
  long NONE = -1;

  /**
   * The number that a page of the machine has in the guest that owns it.
   *
   * @param machinePage the page's number in the machine, its address divided by 4096
   * @return {@link #NONE} when it is no guest's
   */
  long guestPage(long machinePage);

  /** The same, read through {@code memory}: for another thread. */
  MachineFrames over(Memory memory);
}
