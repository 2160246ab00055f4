package io.nestwalk.session;

/** Which memory of a machine an address means. */
public sealed interface Selector {

  /** The space that the machine's first CPU had when the image was taken. */
  Selector CURRENT = new Current();

  /** The kernel's space. */
  Selector KERNEL = new Kernel();

  /** The machine's physical memory. */
  Selector PHYSICAL = new Physical();

  /** The space of a process. */
  static Selector process(int pid) {
    return new OfProcess(pid);
  }

  /**
   * The space under a page-table root.
   *
   * @param address physical in the machine, as CR3, TTBR or SATP name it, without other bits
   */
  static Selector root(long address) {
    return new UnderRoot(address);
  }

  /** See {@link #CURRENT}. */
  record Current() implements Selector {}

  /** See {@link #KERNEL}. */
  record Kernel() implements Selector {}

  /** See {@link #PHYSICAL}. */
  record Physical() implements Selector {}

  /**
   * See {@link #process}.
   *
   * @param pid the process's number
   */
  record OfProcess(int pid) implements Selector {}

  /**
   * See {@link #root(long)}.
   *
   * @param address of the root table
   */
  record UnderRoot(long address) implements Selector {}
}
