package io.nestwalk.linux;

import io.nestwalk.linux.kallsyms.VmCoreInfo;
import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.Symbol;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The kernel's table of symbols, and what it keeps for crash dumps where the table lacks a name.
 */
final class CombinedSymbols implements KernelSymbols {

  private final KernelSymbols table;
  private final Supplier<Optional<VmCoreInfo>> search;
  private Optional<VmCoreInfo> more;

  /**
   * Symbols from two sources.
   *
   * @param table asked first
   * @param search finds the other source; run once, when it is needed
   */
  CombinedSymbols(KernelSymbols table, Supplier<Optional<VmCoreInfo>> search) {
    this.table = table;
    this.search = search;
  }

  /** The kernel's table alone. */
  KernelSymbols table() {
    return table;
  }

  /** What the kernel keeps for crash dumps. */
  Optional<VmCoreInfo> crashInfo() {
    if (more == null) {
      more = search.get();
    }
    return more;
  }

  /**
   * An address by its name. A table that has the kernel's variables (CONFIG_KALLSYMS_ALL) has
   * whatever the other source could: that is looked for with the others alone.
   */
  @Override
  public OptionalLong address(String name) {
    OptionalLong address = table.address(name);
    return address.isPresent() || table.address(InitTask.SYMBOL).isPresent()
        ? address
        : crashInfo().map(info -> info.address(name)).orElse(OptionalLong.empty());
  }

  @Override
  public Optional<Symbol> at(long address) {
    return table.at(address);
  }

  /** All of the table, then what only the crash information has. */
  @Override
  public void forEach(Consumer<? super Symbol> visitor) {
    table.forEach(visitor);
    crashInfo()
        .ifPresent(
            info ->
                info.forEach(
                    symbol -> {
                      if (table.address(symbol.name()).isEmpty()) {
                        visitor.accept(symbol);
                      }
                    }));
  }
}
