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
    SymbolTable table = symbolTable(module);
    for (int i = 0; table.has(i); i++) {
      if (matches(table.name(i), text) && table.address(i) != 0) {
        return OptionalLong.of(table.address(i));
      }
    }
    return OptionalLong.empty();
  }

  /** The symbols of a module that have a name and an address. */
  List<Symbol> symbols(GuestModule module) {
    List<Symbol> symbols = new ArrayList<>();
    Optional<String> owner = Optional.of(module.name());
    SymbolTable table = symbolTable(module);
    for (int i = 0; table.has(i); i++) {
      String text = kernel.text(table.name(i), MAX_NAME);
      if (!text.isEmpty() && table.address(i) != 0) {
        symbols.add(new Symbol(text, table.type(i), table.address(i), owner));
      }
    }
    return symbols;
  }

  /** {@code struct mod_kallsyms}, in which the symbols of a module's file stand. */
  private SymbolTable symbolTable(GuestModule module) {
    Optional<Field> tables = kernel.types().findField("module", "kallsyms");
    Optional<StructLayout> layout = kernel.types().find("mod_kallsyms");
    if (tables.isEmpty() || layout.isEmpty()) {
      return new SymbolTable(kernel, 0, 0, 0, OptionalLong.empty());
    }
    long table = kernel.value(tables.get(), module.object());
    long names = kernel.value(layout.get().field("strtab"), table);
    long count = kernel.value(layout.get().field("num_symtab"), table);
    Optional<Field> types = layout.get().find("typetab");
    return new SymbolTable(
        kernel,
        kernel.value(layout.get().field("symtab"), table),
        kernel.isReadable(names) ? Math.min(count, MAX_SYMBOLS) : 0,
        names,
        types.isPresent()
            ? OptionalLong.of(kernel.value(types.get(), table))
            : OptionalLong.empty());
  }

  /**
   * ELF's symbols of a module.
   *
   * @param symbols address of the first
   * @param count how many there are
   * @param names address of the strings
   * @param types address of a byte for each symbol, which Linux has since 5.2; before, the type
   *     stands in the place of ELF's {@code st_info}
   */
  private record SymbolTable(
      Kernel kernel, long symbols, long count, long names, OptionalLong types) {

    /** Whether there is a symbol with that number, from 0, in memory. */
    boolean has(int index) {
      return index < count && kernel.isReadable(at(index));
    }

    private boolean isWide() {
      return kernel.types().pointerSize() == Long.BYTES;
    }

    private long at(int index) {
      return symbols + (long) index * (isWide() ? SYMBOL_64 : SYMBOL_32);
    }

    /** Where its name stands. */
    long name(int index) {
      return names + (kernel.memory().getInt(at(index), 0) & 0xffff_ffffL);
    }

    long address(int index) {
      return kernel.pointer(at(index) + (isWide() ? 8 : 4));
    }

    /** Its type as nm has it. */
    char type(int index) {
      int type =
          kernel
              .memory()
              .getByte(
                  types.isPresent() ? types.getAsLong() + index : at(index) + (isWide() ? 4 : 12));
      return type >= ' ' && type < 0x7f ? (char) type : '?';
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
