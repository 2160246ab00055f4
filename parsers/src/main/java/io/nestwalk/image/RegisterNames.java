package io.nestwalk.image;

/** Names of the registers that more than one place reads; see {@link Registers} for the others. */
public final class RegisterNames {

  /** x86: paging, protection and their like. */
  public static final String CR0 = "cr0";

  /** x86: the address of the last page fault. */
  public static final String CR2 = "cr2";

  /** x86: the root of the tables. */
  public static final String CR3 = "cr3";

  /** x86: which form the tables have. */
  public static final String CR4 = "cr4";

  /** x86: the MSR that says whether long mode is on. */
  public static final String EFER = "efer";

  /** x86: the next instruction. */
  public static final String RIP = "rip";

  /** x86: the stack. */
  public static final String RSP = "rsp";

  /** ARM and RISC-V: the next instruction. */
  public static final String PC = "pc";

  /** ARM and RISC-V: the stack. */
  public static final String SP = "sp";

  /** ARM: what the hypervisor has switched on, stage 2 among it. */
  public static final String HCR_EL2 = "hcr_el2";

  /** ARM: the form of stage 2's tables. */
  public static final String VTCR_EL2 = "vtcr_el2";

  /** ARM: the root of stage 2. */
  public static final String VTTBR_EL2 = "vttbr_el2";

  /** RISC-V: the root and the mode of the first stage. */
  public static final String SATP = "satp";

  /** RISC-V: the root and the mode of the guest stage. */
  public static final String HGATP = "hgatp";

  private RegisterNames() {}
}
