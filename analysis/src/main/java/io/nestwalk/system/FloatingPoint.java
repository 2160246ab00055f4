package io.nestwalk.system;

/**
 * Floating-point and vector registers of a thread, in the form in which the kernel's own core files
 * have them. Immutable.
 */
public final class FloatingPoint {

  /** They are not known, or not in memory: a CPU has them. */
  public static final FloatingPoint UNKNOWN = new FloatingPoint(new byte[0], new byte[0]);

  private final byte[] basic;
  private final byte[] extended;

  /**
   * Registers.
   *
   * @param basic see {@link #basic}
   * @param extended see {@link #extended}
   */
  public FloatingPoint(byte[] basic, byte[] extended) {
    this.basic = basic.clone();
    this.extended = extended.clone();
  }

  /**
   * The content of a note NT_FPREGSET: on x86-64 the 512 bytes of FXSAVE, on ARM64 {@code struct
   * user_fpsimd_state}, on RISC-V {@code struct __riscv_d_ext_state}; none where not known.
   */
  public byte[] basic() {
    return basic.clone();
  }

  /**
   * The content of a note NT_X86_XSTATE: the area of XSAVE in its standard form; none where the CPU
   * has no such, or it is not known.
   */
  public byte[] extended() {
    return extended.clone();
  }
}
