package io.nestwalk.types;

import java.util.Optional;

/**
 * A named address.
 *
 * @param name as the kernel's source has it
 * @param type as {@code nm} has it: 'T' and 't' code, 'D' and 'd' data, 'R' read-only data ...
 * @param address in the kernel's virtual memory
 * @param module the loadable part of the kernel that it belongs to; empty for the kernel itself
 */
public record Symbol(String name, char type, long address, Optional<String> module) {

  /** A symbol of the kernel itself. */
  public Symbol(String name, char type, long address) {
    this(name, type, address, Optional.empty());
  }

  /** The same at another address. */
  public Symbol at(long where) {
    return new Symbol(name, type, where, module);
  }

  /** Whether it names code. */
  public boolean isCode() {
    return "tTwWiI".indexOf(type) >= 0;
  }

  /**
   * An address in words: {@code init_task+0x10}, {@code kvm_intel:vmx_vcpu_run}.
   *
   * @param where at or after the symbol
   */
  public String describe(long where) {
    String text = module.map(owner -> owner + ":").orElse("") + name;
    return where == address ? text : "%s+0x%x".formatted(text, where - address);
  }
}
