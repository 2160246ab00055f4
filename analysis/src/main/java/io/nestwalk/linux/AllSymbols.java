package io.nestwalk.linux;

import io.nestwalk.image.AddressRange;
import io.nestwalk.linux.kernel.KernelImage;
import io.nestwalk.system.GuestModule;
import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.Symbol;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;

/** The symbols of a kernel and of the modules that it has loaded. */
final class AllSymbols implements KernelSymbols {

  private final KernelSymbols kernel;
  private final Optional<ModuleList> modules;
  private final long start;
  private final long end;

  /** What modules have, by the addresses where each of their areas begins. */
  private NavigableMap<Long, Area> areas;

  private final List<Symbol> ofModules = new ArrayList<>();

  private record Area(AddressRange range, List<Symbol> ascending) {}

  /**
   * The symbols of a kernel and its modules.
   *
   * @param modules empty where they are not known
   */
  AllSymbols(KernelSymbols kernel, KernelImage image, Optional<ModuleList> modules) {
    this.kernel = kernel;
    this.modules = modules;
    start = kernel.address("_text").orElse(image.runs().getFirst().start());
    end = kernel.address("_end").orElse(image.runs().getLast().end());
  }

  @Override
  public OptionalLong address(String name) {
    OptionalLong own = kernel.address(name);
    if (own.isPresent()) {
      return own;
    }
    areas();
    int colon = name.indexOf(':');
    Optional<String> owner = colon < 0 ? Optional.empty() : Optional.of(name.substring(0, colon));
    String plain = name.substring(colon + 1);
    for (Symbol each : ofModules) {
      if (each.name().equals(plain) && (owner.isEmpty() || owner.equals(each.module()))) {
        return OptionalLong.of(each.address());
      }
    }
    return OptionalLong.empty();
  }

  /** Empty for an address that lies neither in the kernel's image nor in a module. */
  @Override
  public Optional<Symbol> at(long address) {
    if (Long.compareUnsigned(address, start) >= 0 && Long.compareUnsigned(address, end) <= 0) {
      return kernel.at(address);
    }
    Map.Entry<Long, Area> area = areas().floorEntry(address);
    if (area == null || !area.getValue().range().contains(address)) {
      return Optional.empty();
    }
    Symbol last = null;
    for (Symbol each : area.getValue().ascending()) {
      if (Long.compareUnsigned(each.address(), address) > 0) {
        break;
      }
      last = each;
    }
    return Optional.ofNullable(last);
  }

  @Override
  public void forEach(Consumer<? super Symbol> visitor) {
    kernel.forEach(visitor);
    areas();
    ofModules.forEach(visitor);
  }

  private NavigableMap<Long, Area> areas() {
    if (areas == null) {
      areas = new TreeMap<>(Long::compareUnsigned);
      modules.ifPresent(list -> list.all().forEach(module -> add(list, module)));
    }
    return areas;
  }

  private void add(ModuleList list, GuestModule module) {
    List<Symbol> symbols = list.symbols(module);
    ofModules.addAll(symbols);
    for (AddressRange range : list.areas(module)) {
      List<Symbol> within = new ArrayList<>();
      // The area has a name of its own, so that what lies before its first symbol has one.
      within.add(new Symbol("", '?', range.start(), Optional.of(module.name())));
      symbols.stream().filter(each -> range.contains(each.address())).forEach(within::add);
      within.sort(Comparator.comparing(Symbol::address, Long::compareUnsigned));
      areas.put(range.start(), new Area(range, within));
    }
  }
}
