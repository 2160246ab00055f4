package io.nestwalk.image;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a dump's writer noted of the guest system in it. Hints: none was checked against the memory,
 * and a writer may have noted another system's, or nothing.
 *
 * @param source who noted it, for evidence: "header of the crash dump"
 * @param values by the names that the system's own sources use, in lower camel case: {@code
 *     psActiveProcessHead}, {@code kdDebuggerDataBlock}; addresses are virtual
 * @param modules the kernel's modules, in the order of the dump
 * @param parts structures that the dump holds a copy of without telling its address, by name
 * @param virtual pieces of the kernel's virtual memory; empty where the dump has none of its own
 */
public record SystemHints(
    String source,
    Map<String, Long> values,
    List<Module> modules,
    Map<String, Part> parts,
    Optional<VirtualPieces> virtual) {

  /** Nothing was noted. */
  public static final SystemHints NONE =
      new SystemHints("", Map.of(), List.of(), Map.of(), Optional.empty());

  /** Copies the collections and keeps the order of the maps. */
  public SystemHints {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    modules = List.copyOf(modules);
    parts = Collections.unmodifiableMap(new LinkedHashMap<>(parts));
  }

  /** The value of that name, empty when it was not noted. */
  public OptionalLong get(String name) {
    Long value = values.get(name);
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }

  /** Whether nothing was noted. */
  public boolean isEmpty() {
    return values.isEmpty() && modules.isEmpty() && parts.isEmpty() && virtual.isEmpty();
  }

  /**
   * A module of the kernel.
   *
   * @param base virtual address of its first byte
   * @param size in bytes
   * @param name as the dump has it; what can't be printed is kept
   */
  public record Module(long base, long size, String name) {}

  /**
   * A copy of a structure in the file.
   *
   * @param offset in the image's (unpacked) file
   * @param length in bytes, within the file; more than the structure where its end is not told
   */
  public record Part(long offset, long length) {}
}
