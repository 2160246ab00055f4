package io.nestwalk.linux;

import io.nestwalk.image.AddressRange;
import io.nestwalk.linux.btf.Btf;
import io.nestwalk.linux.btf.BtfException;
import io.nestwalk.linux.btf.BtfHeader;
import io.nestwalk.linux.kernel.Kernel;
import io.nestwalk.linux.kernel.KernelImage;
import io.nestwalk.linux.kernel.ListWalk;
import io.nestwalk.system.GuestModule;
import io.nestwalk.types.Field;
import io.nestwalk.types.StructLayout;
import io.nestwalk.types.Symbol;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The loaded modules: {@code struct module} (include/linux/module.h), in the list {@code modules}.
 */
final class ModuleList {

  private static final int MAX_MODULES = 1 << 14;
  private static final int MAX_MEMORIES = 16;
  private static final int MAX_SYMBOLS = 1 << 18;
  private static final int MAX_NAME = 512;
  private static final long MAX_AREA = 1L << 30;

  // Elf64_Sym, Elf32_Sym
  private static final int SYMBOL_64 = 24;
  private static final int SYMBOL_32 = 16;

  private final Kernel kernel;
  private final KernelImage image;
  private final Field list;
  private final Field name;
  private final Optional<Field> owner;

  ModuleList(Kernel kernel, KernelImage image) {
    this.kernel = kernel;
    this.image = image;
    StructLayout module = kernel.types().struct("module");
    list = module.field("list");
    name = module.field("name");
    owner = module.find("mkobj.mod");
  }

  /** All modules, the last loaded first. */
  List<GuestModule> all() {
    List<GuestModule> modules = new ArrayList<>();
    OptionalLong head = kernel.symbols().address("modules");
    if (head.isEmpty()) {
      head = searchHead();
    }
    if (head.isPresent()) {
      new ListWalk(kernel)
          .circular(
              "modules",
              head.getAsLong(),
              MAX_MODULES,
              node -> {
                modules.add(read(node - list.offset()));
                return true;
              });
    }
    return modules;
  }

  /** A list head among the kernel's variables whose first entry is a module that points back. */
  private OptionalLong searchHead() {
    if (kernel.types().pointerSize() != Long.BYTES) {
      return OptionalLong.empty();
    }
    return ImageScan.firstVariable(
            kernel.memory(),
            image,
            // Pointers into kernel memory have ones on top.
            (address, word, next) -> next >>> 16 == 0xffff && isHead(address) ? address : null)
        .map(OptionalLong::of)
        .orElse(OptionalLong.empty());
  }

  private boolean isHead(long head) {
    long node = kernel.pointer(head);
    if (node == head || kernel.pointer(node + Long.BYTES) != head) {
      return false;
    }
    // A module's object in /sys points back to it.
    long module = node - list.offset();
    return owner.isPresent() && kernel.value(owner.get(), module) == module;
  }

  private GuestModule read(long module) {
    long[] memory = memories(module);
    return new GuestModule(kernel.text(name.at(module), name.size()), memory[0], memory[1], module);
  }

  /** Where the code is and how large all memory is; 6.4 split one area into several. */
  private long[] memories(long module) {
    StructLayout layout = kernel.types().struct("module");
    Optional<Field> several = layout.find("mem");
    if (several.isPresent()) {
      Field base = kernel.types().field("module_memory", "base");
      Field size = kernel.types().field("module_memory", "size");
      long total = 0;
      for (int i = 0; i < Math.min(several.get().count(), MAX_MEMORIES); i++) {
        total += kernel.value(size, several.get().at(module, i));
      }
      return new long[] {kernel.value(base, several.get().at(module)), total};
    }
    Field base = layout.firstOf("core_layout.base", "module_core");
    Field size = layout.firstOf("core_layout.size", "core_size");
    return new long[] {kernel.value(base, module), kernel.value(size, module)};
  }

  /** Where a module's code and data lie; without those that are freed after its start. */
  List<AddressRange> areas(GuestModule module) {
    StructLayout layout = kernel.types().struct("module");
    Optional<Field> several = layout.find("mem");
    List<AddressRange> areas = new ArrayList<>();
    if (several.isPresent()) {
      Field base = kernel.types().field("module_memory", "base");
      Field size = kernel.types().field("module_memory", "size");
      for (int i = 0; i < Math.min(several.get().count(), MAX_MEMORIES); i++) {
        long memory = several.get().at(module.object(), i);
        addArea(kernel.value(base, memory), kernel.value(size, memory), areas);
      }
    } else {
      addArea(module.base(), module.size(), areas);
    }
    return areas;
  }

  private void addArea(long start, long size, List<AddressRange> areas) {
    if (kernel.isReadable(start) && size > 0 && size <= MAX_AREA) {
      areas.add(new AddressRange(start, size));
    }
  }

  /** The types of the module of that name, on top of the kernel's. */
  Optional<Btf> types(String name) {
    return all().stream()
        .filter(module -> module.name().equals(name))
        .findFirst()
        .flatMap(this::types);
  }

  /** A module's own types, on top of the kernel's. */
  Optional<Btf> types(GuestModule module) {
    if (!(kernel.types() instanceof Btf base)) {
      return Optional.empty();
    }
    for (long address : new long[] {sectionOf(module), copyOf(module)}) {
      Optional<BtfHeader> header = BtfHeader.at(kernel.memory(), address);
      if (header.isPresent()) {
        try {
          return Optional.of(Btf.read(kernel.memory(), header.get(), base));
        } catch (BtfException e) {
          kernel.warnings().add("types of module %s: %s".formatted(module.name(), e.getMessage()));
        }
      }
    }
    return Optional.empty();
  }

  /** The section of the module's file, which is freed when the module has been initialised. */
  private long sectionOf(GuestModule module) {
    Optional<Field> data = kernel.types().findField("module", "btf_data");
    return data.isPresent() ? kernel.value(data.get(), module.object()) : 0;
  }

  /** The copy that the BPF system keeps: {@code btf_modules} (kernel/bpf/btf.c). */
  private long copyOf(GuestModule module) {
    Optional<StructLayout> entry = kernel.types().find("btf_module");
    Optional<Field> data = kernel.types().findField("btf", "data");
    OptionalLong head = kernel.symbols().address("btf_modules");
    if (entry.isEmpty() || data.isEmpty() || head.isEmpty()) {
      return 0;
    }
    long[] found = {0};
    Field link = entry.get().field("list");
    new ListWalk(kernel)
        .circular(
            "btf_modules",
            head.getAsLong(),
            MAX_MODULES,
            node -> {
              long at = node - link.offset();
              if (kernel.value(entry.get().field("module"), at) == module.object()) {
                found[0] = kernel.value(data.get(), kernel.value(entry.get().field("btf"), at));
              }
              return found[0] == 0;
            });
    return found[0];
  }

  /** The address of a module's symbol. */
  OptionalLong symbol(GuestModule module, String wanted) {
    byte[] text = (wanted + "\0").getBytes(StandardCharsets.US_ASCII);
    long[] found = {0};
    forEachSymbol(
        module,
        (name, address, type) -> {
          found[0] = matches(name, text) ? address : 0;
          return found[0] == 0;
        });
    return found[0] == 0 ? OptionalLong.empty() : OptionalLong.of(found[0]);
  }

  /** The symbols of a module that have a name and an address. */
  List<Symbol> symbols(GuestModule module) {
    List<Symbol> symbols = new ArrayList<>();
    Optional<String> owner = Optional.of(module.name());
    forEachSymbol(
        module,
        (at, address, type) -> {
          String text = kernel.text(at, MAX_NAME);
          if (!text.isEmpty() && address != 0) {
            symbols.add(new Symbol(text, type, address, owner));
          }
          return true;
        });
    return symbols;
  }

  /** Is shown where a symbol's name stands, its address and its type as nm has it. */
  @FunctionalInterface
  private interface SymbolVisitor {
    /** Answers false to stop. */
    boolean symbol(long name, long address, char type);
  }

  /** Goes over {@code struct mod_kallsyms}, in which the symbols of the module's file stand. */
  private void forEachSymbol(GuestModule module, SymbolVisitor visitor) {
    Optional<Field> tables = kernel.types().findField("module", "kallsyms");
    Optional<StructLayout> layout = kernel.types().find("mod_kallsyms");
    if (tables.isEmpty() || layout.isEmpty()) {
      return;
    }
    long table = kernel.value(tables.get(), module.object());
    long symbols = kernel.value(layout.get().field("symtab"), table);
    long count = Math.min(kernel.value(layout.get().field("num_symtab"), table), MAX_SYMBOLS);
    long names = kernel.value(layout.get().field("strtab"), table);
    if (!kernel.isReadable(symbols) || !kernel.isReadable(names)) {
      return;
    }
    // Since 5.2 the types stand in a table of their own, before in the place of ELF's st_info.
    Optional<Field> types = layout.get().find("typetab");
    long typeTable = types.isPresent() ? kernel.value(types.get(), table) : 0;
    boolean wide = kernel.types().pointerSize() == Long.BYTES;
    for (int i = 0; i < count; i++) {
      long symbol = symbols + (long) i * (wide ? SYMBOL_64 : SYMBOL_32);
      if (!kernel.isReadable(symbol)) {
        return;
      }
      int type =
          kernel.memory().getByte(types.isPresent() ? typeTable + i : symbol + (wide ? 4 : 12));
      if (!visitor.symbol(
          names + (kernel.memory().getInt(symbol, 0) & 0xffff_ffffL),
          kernel.pointer(symbol + (wide ? 8 : 4)),
          type >= ' ' && type < 0x7f ? (char) type : '?')) {
        return;
      }
    }
  }

  private boolean matches(long address, byte[] text) {
    for (int i = 0; i < text.length; i++) {
      if (kernel.memory().getByte(address + i) != text[i]) {
        return false;
      }
    }
    return true;
  }
}
