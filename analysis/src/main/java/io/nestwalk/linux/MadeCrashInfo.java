package io.nestwalk.linux;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.PagingMode;
import io.nestwalk.system.SystemFacts;
import io.nestwalk.types.Field;
import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.KernelTypes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A text like the one that a kernel keeps for crash dumps ({@code crash_save_vmcoreinfo_init} in
 * kernel/vmcore_info.c, {@code arch_crash_save_vmcoreinfo} of each architecture), made from what is
 * known of a kernel that keeps none: drgn opens no dump without, crash and makedumpfile do not find
 * a kernel that was moved. It has only what is certain.
 */
final class MadeCrashInfo {

  private static final long X86_64_LINK_BASE = 0xffff_ffff_8000_0000L;
  private static final int LEVELS_OF_LA57 = 5;

  private static final List<String> SYMBOLS =
      List.of(
          "init_uts_ns",
          "node_online_map",
          "swapper_pg_dir",
          "_stext",
          "vmap_area_list",
          "prb",
          "printk_rb_static",
          "clear_seq",
          "log_buf",
          "log_buf_len",
          "log_first_idx",
          "log_next_idx",
          "kallsyms_names",
          "kallsyms_num_syms",
          "kallsyms_token_table",
          "kallsyms_token_index",
          "kallsyms_offsets",
          "kallsyms_relative_base",
          "init_top_pgt",
          "node_data");

  private static final List<String> SIZES =
      List.of(
          "page",
          "pglist_data",
          "zone",
          "free_area",
          "list_head",
          "printk_ringbuffer",
          "prb_desc_ring",
          "prb_desc",
          "prb_data_blk_lpos",
          "printk_info",
          "dev_printk_info",
          "prb_data_ring");

  /** Structures with those of their members that a text may name. */
  private static final List<String> OFFSETS =
      List.of(
          "uts_namespace: name",
          "page: flags _refcount mapping lru _mapcount private compound_head",
          "pglist_data: node_zones nr_zones node_start_pfn node_spanned_pages node_id",
          "zone: free_area vm_stat spanned_pages",
          "free_area: free_list",
          "list_head: next prev",
          "vmap_area: va_start list",
          "printk_ringbuffer: desc_ring text_data_ring fail",
          "prb_desc_ring: count_bits descs infos head_id tail_id",
          "prb_desc: state_var text_blk_lpos",
          "prb_data_blk_lpos: begin next",
          "printk_info: seq ts_nsec text_len caller_id dev_info",
          "dev_printk_info: subsystem device",
          "prb_data_ring: size_bits data head_lpos tail_lpos");

  private final SystemFacts facts;
  private final KernelSymbols symbols;
  private final Memory memory;
  private final PagingMode mode;
  private final List<String> lines = new ArrayList<>();

  private MadeCrashInfo(SystemFacts facts, KernelSymbols symbols, Memory memory, PagingMode mode) {
    this.facts = facts;
    this.symbols = symbols;
    this.memory = memory;
    this.mode = mode;
  }

  /**
   * The text.
   *
   * @param memory the kernel's
   * @param mode of its tables
   * @param pageShift log2 of the kernel's page
   * @return empty where the kernel's version is not known
   */
  static Optional<String> of(
      SystemFacts facts,
      KernelSymbols symbols,
      Optional<KernelTypes> types,
      Memory memory,
      PagingMode mode,
      int pageShift) {
    if (facts.version().isEmpty()) {
      return Optional.empty();
    }
    MadeCrashInfo made = new MadeCrashInfo(facts, symbols, memory, mode);
    made.lines.add("OSRELEASE=" + facts.version());
    made.lines.add("PAGESIZE=" + (1L << pageShift));
    made.symbols();
    types.ifPresent(made::structures);
    made.architecture();
    facts
        .kaslrSlide()
        .ifPresent(slide -> made.lines.add("KERNELOFFSET=" + Long.toHexString(slide)));
    return Optional.of(String.join("\n", made.lines) + "\n");
  }

  private void symbols() {
    for (String name : SYMBOLS) {
      OptionalLong address = symbols.address(name);
      if (address.isEmpty() && name.equals("swapper_pg_dir")) {
        // A macro on x86-64 (arch/x86/include/asm/pgtable_64.h).
        address = symbols.address("init_top_pgt");
      }
      address.ifPresent(at -> lines.add("SYMBOL(%s)=%s".formatted(name, Long.toHexString(at))));
    }
  }

  private void structures(KernelTypes known) {
    for (String name : SIZES) {
      known
          .find(name)
          .filter(layout -> layout.size() > 0)
          .ifPresent(layout -> lines.add("SIZE(%s)=%d".formatted(name, layout.size())));
    }
    for (String entry : OFFSETS) {
      String struct = entry.substring(0, entry.indexOf(':'));
      for (String member : entry.substring(entry.indexOf(':') + 2).split(" ", -1)) {
        Optional<Field> field = known.findField(struct, member);
        field.ifPresent(at -> lines.add("OFFSET(%s.%s)=%d".formatted(struct, member, at.offset())));
      }
    }
  }

  private void architecture() {
    if (facts.kernelPhysical().isEmpty()) {
      return;
    }
    long base = facts.kernelBase();
    long physical = facts.kernelPhysical().getAsLong();
    switch (mode.architecture()) {
      case X86_64 -> {
        number("phys_base", Long.toString(physical - (base - X86_64_LINK_BASE)));
        number("pgtable_l5_enabled", mode.levels().size() == LEVELS_OF_LA57 ? "1" : "0");
      }
      case AARCH64 -> {
        int bits = mode.inputBits();
        ArmLayout layout = armLayout();
        layout.configuredBits().ifPresent(each -> number("VA_BITS", Integer.toString(each)));
        number("kimage_voffset", "0x" + Long.toHexString(base - physical));
        number("TCR_EL1_T1SZ", "0x" + Integer.toHexString(Long.SIZE - bits));
        layout
            .physicalOffset()
            .ifPresent(each -> number("PHYS_OFFSET", "0x" + Long.toHexString(each)));
      }
      case RISCV64 -> number("va_kernel_pa_offset", "0x" + Long.toHexString(base - physical));
      case X86 -> {
        // The linear map begins where it was configured to: nothing else is needed.
      }
    }
  }

  private ArmLayout armLayout() {
    OptionalLong start = symbols.address("memstart_addr");
    return ArmLayout.of(
        facts.version(),
        mode.inputBits(),
        mode.bottom().shift(),
        facts.linearMap(),
        start.isPresent() && memory.isPresent(start.getAsLong())
            ? OptionalLong.of(memory.getLong(start.getAsLong(), 0))
            : OptionalLong.empty());
  }

  private void number(String name, String value) {
    lines.add(String.format(Locale.ROOT, "NUMBER(%s)=%s", name, value));
  }
}
