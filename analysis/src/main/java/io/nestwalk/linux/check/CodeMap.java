package io.nestwalk.linux.check;

import io.nestwalk.image.AddressRange;
import io.nestwalk.system.GuestModule;
import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.Symbol;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whose code lies where in a kernel.
 *
 * @param kernel where the kernel's own code lies
 * @param modules the modules in the kernel's list with all their memory
 * @param symbols of both
 */
public record CodeMap(
    List<AddressRange> kernel,
    Map<GuestModule, List<AddressRange>> modules,
    KernelSymbols symbols) {

  /** Copies the lists. */
  public CodeMap {
    kernel = List.copyOf(kernel);
    modules = Map.copyOf(modules);
  }

  /** Whether an address lies in the kernel's own code. */
  boolean isOfKernel(long address) {
    return kernel.stream().anyMatch(range -> range.contains(address));
  }

  /** The module in whose memory an address lies. */
  Optional<GuestModule> moduleAt(long address) {
    for (Map.Entry<GuestModule, List<AddressRange>> each : modules.entrySet()) {
      if (each.getValue().stream().anyMatch(range -> range.contains(address))) {
        return Optional.of(each.getKey());
      }
    }
    return Optional.empty();
  }

  /** Whether an address lies in code whose owner is known. */
  boolean isOwned(long address) {
    return isOfKernel(address) || moduleAt(address).isPresent();
  }

  /** The symbol, or the module, that an address lies in. */
  Optional<String> describe(long address) {
    return symbols
        .at(address)
        .filter(symbol -> !symbol.name().isEmpty())
        .map(symbol -> symbol.describe(address))
        .or(() -> moduleAt(address).map(GuestModule::name));
  }

  /** The function that begins at an address. */
  Optional<Symbol> functionAt(long address) {
    return symbols.at(address).filter(symbol -> symbol.address() == address);
  }
}
