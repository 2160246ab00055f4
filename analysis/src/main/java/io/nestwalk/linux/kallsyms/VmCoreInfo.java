package io.nestwalk.linux.kallsyms;

import io.nestwalk.image.Memory;
import io.nestwalk.types.KernelSymbols;
import io.nestwalk.types.Symbol;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * The text that the kernel keeps for crash dumps (kernel/vmcore_info.c, before
 * kernel/crash_core.c): a few symbols, among them data that kallsyms of some kernels lacks.
 */
public final class VmCoreInfo implements KernelSymbols {

  private static final String START = "OSRELEASE=";
  private static final int START_WORD = 'O' | 'S' << 8 | 'R' << 16 | 'E' << 24;

  /**
   * VMCOREINFO_SYMBOL_ARRAY: where the array lies that the variable points to, in kernels with
   * CONFIG_SPARSEMEM_EXTREME; not where the variable of that name lies.
   */
  private static final String POINTED_TO = "SYMBOL(mem_section)";

  /** VMCOREINFO_BYTES is a page. */
  private static final int SIZE = 4096;

  private static final int MAX_PAGE = 1 << 16;

  private final String text;
  private final Map<String, Long> symbols = new HashMap<>();
  private final Map<String, String> values = new HashMap<>();

  /** Reads a text; lines that are not understood are left out. */
  public VmCoreInfo(String text) {
    this.text = text;
    for (String line : text.split("\n", -1)) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        String key = line.substring(0, equals);
        String value = line.substring(equals + 1);
        if (key.startsWith("SYMBOL(")
            && key.endsWith(")")
            && !key.equals(POINTED_TO)
            && value.matches("[0-9a-f]{1,16}")) {
          symbols.put(
              key.substring("SYMBOL(".length(), key.length() - 1),
              Long.parseUnsignedLong(value, 16));
        } else {
          values.put(key, value);
        }
      }
    }
  }

  /** The text at {@code address}, when one begins there. */
  public static Optional<VmCoreInfo> at(Memory memory, long address) {
    if (memory.getInt(address, 0) != START_WORD) {
      return Optional.empty();
    }
    String text = new String(memory.readBytes(address, SIZE), StandardCharsets.US_ASCII);
    int end = text.indexOf('\0');
    return text.startsWith(START) && end != 0
        ? Optional.of(new VmCoreInfo(end < 0 ? text : text.substring(0, end)))
        : Optional.empty();
  }

  /** All of it, lines of KEY=VALUE. */
  public String text() {
    return text;
  }

  /** The kernel's version: OSRELEASE. */
  public String release() {
    return values.getOrDefault("OSRELEASE", "");
  }

  /** How far the kernel was moved: KERNELOFFSET. */
  public OptionalLong kernelOffset() {
    String value = values.getOrDefault("KERNELOFFSET", "");
    return value.matches("[0-9a-f]{1,16}")
        ? OptionalLong.of(Long.parseUnsignedLong(value, 16))
        : OptionalLong.empty();
  }

  /** Whether a value can point to the page that holds the text. */
  public static boolean mayPointToOne(long pointer) {
    return pointer < 0 && pointer < -MAX_PAGE && (pointer & (SIZE - 1)) == 0;
  }

  @Override
  public OptionalLong address(String name) {
    Long address = symbols.get(name);
    return address == null ? OptionalLong.empty() : OptionalLong.of(address);
  }

  @Override
  public Optional<Symbol> at(long address) {
    return symbols.entrySet().stream()
        .filter(symbol -> symbol.getValue() == address)
        .findFirst()
        .map(symbol -> new Symbol(symbol.getKey(), '?', address));
  }

  @Override
  public void forEach(Consumer<? super Symbol> visitor) {
    symbols.forEach((name, address) -> visitor.accept(new Symbol(name, '?', address)));
  }
}
