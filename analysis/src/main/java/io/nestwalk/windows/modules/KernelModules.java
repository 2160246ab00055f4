package io.nestwalk.windows.modules;

import io.nestwalk.system.GuestModule;
import io.nestwalk.windows.kernel.Kernel;
import io.nestwalk.windows.pe.PeImage;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The kernel's own list of what it has loaded: {@code PsLoadedModuleList}, by its symbol, by the
 * kernel's exports (Windows 10 and later), else by its form in the kernel's variables.
 */
public final class KernelModules {

  private static final String LIST = "PsLoadedModuleList";

  /** A kernel's image is never larger. */
  private static final long MAX_IMAGE = 64L << 20;

  private final Kernel kernel;
  private final LoaderForm form;

  /** The modules of that kernel. */
  public KernelModules(Kernel kernel) {
    this.kernel = kernel;
    form = kernel.isWide() ? LoaderForm.WIDE : LoaderForm.NARROW;
  }

  /** The modules, in the order in which they were loaded; empty when the list is not found. */
  public List<GuestModule> all() {
    Map<Long, GuestModule> found = new LinkedHashMap<>();
    OptionalLong head = head();
    if (head.isEmpty()) {
      kernel
          .warnings()
          .add("the list of kernel modules is not found: no list has the kernel first");
    } else {
      new LoaderList(kernel.memory(), form, kernel.warnings(), found)
          .read("list of kernel modules", head.getAsLong(), 0);
    }
    return List.copyOf(found.values());
  }

  private OptionalLong head() {
    OptionalLong symbol = kernel.symbols().address(LIST);
    if (symbol.isPresent() && isHead(symbol.getAsLong())) {
      return symbol;
    }
    OptionalLong export = kernel.image().export(LIST);
    if (export.isPresent() && isHead(export.getAsLong())) {
      return export;
    }
    for (PeImage.Section section : kernel.image().variables()) {
      OptionalLong found = search(section.address(), Math.min(section.size(), MAX_IMAGE));
      if (found.isPresent()) {
        return found;
      }
    }
    return OptionalLong.empty();
  }

  private OptionalLong search(long start, long size) {
    int step = form.pointerBytes();
    for (long at = start; at - start < size - step; at += step) {
      if (isHead(at)) {
        return OptionalLong.of(at);
      }
    }
    return OptionalLong.empty();
  }

  /** The first module is the kernel itself. */
  private boolean isHead(long address) {
    long first = kernel.pointer(address);
    return kernel.isKernelAddress(first)
        && first != address
        && kernel.pointer(first + form.base()) == kernel.image().base()
        && kernel.pointer(first + form.pointerBytes()) == address;
  }
}
