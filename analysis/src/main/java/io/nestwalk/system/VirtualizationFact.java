package io.nestwalk.system;

import java.util.Locale;

/**
 * Something that tells of hardware virtualization.
 *
 * @param feature which
 * @param use whether it speaks of the feature being in use, not only of being supported
 * @param value what it says
 * @param evidence where that stands, one line for the user
 */
public record VirtualizationFact(Feature feature, boolean use, boolean value, String evidence) {

  /** What may be supported or in use. */
  public enum Feature {
    /** Intel's virtual-machine extensions. */
    VMX,
    /** AMD's secure virtual machine. */
    SVM,
    /** Intel's extended page tables. */
    EPT,
    /** AMD's nested paging. */
    NPT,
    /** ARM's second stage. */
    STAGE2,
    /** RISC-V's guest stage. */
    GSTAGE;

    /** The name in answers. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
