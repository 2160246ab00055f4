package io.nestwalk.types;

/** A structure or member that the kernel at hand does not have. */
public final class MissingTypeException extends RuntimeException {

  private static final long serialVersionUID = 1;

  /**
   * Names what is missing.
   *
   * @param what as C has it: {@code struct mm_struct}, {@code task_struct.comm}
   */
  public MissingTypeException(String what) {
    super("this kernel's types lack " + what);
  }
}
