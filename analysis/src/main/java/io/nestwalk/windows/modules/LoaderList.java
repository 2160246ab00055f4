package io.nestwalk.windows.modules;

import io.nestwalk.image.Memory;
import io.nestwalk.system.GuestModule;
import io.nestwalk.system.Warnings;
import io.nestwalk.windows.kernel.Kernel;
import io.nestwalk.windows.pe.PeImage;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Follows lists of {@code _LDR_DATA_TABLE_ENTRY}, whatever they claim, in both directions. */
final class LoaderList {

  /** Nothing loads more. */
  private static final int MAX_ENTRIES = 1 << 14;

  private static final int MAX_NAME = 1 << 12;
  private static final long PAGE_MASK = 0xfff;

  private final Memory memory;
  private final LoaderForm form;
  private final Warnings warnings;
  private final Map<Long, GuestModule> found;

  /**
   * A list in some memory.
   *
   * @param found is given what is found, by base
   */
  LoaderList(Memory memory, LoaderForm form, Warnings warnings, Map<Long, GuestModule> found) {
    this.memory = memory;
    this.form = form;
    this.warnings = warnings;
    this.found = found;
  }

  /**
   * Reads a list.
   *
   * @param what its name, for warnings
   * @param head address of its head
   * @param link where its links stand in an entry
   * @return whether it was whole
   */
  boolean read(String what, long head, int link) {
    Optional<String> torn = follow(head, link, 0);
    if (torn.isEmpty()) {
      return true;
    }
    Optional<String> back = follow(head, link, form.pointerBytes());
    warnings.add(
        "%s: %s; %s".formatted(what, torn.get(), back.orElse("read backwards to its head")));
    return false;
  }

  /** Follows one direction; answers what is wrong with it. */
  private Optional<String> follow(long head, int link, int direction) {
    Set<Long> seen = new HashSet<>();
    long previous = head;
    for (long at = form.pointer(memory, head + direction); at != head; ) {
      if ((at & form.pointerBytes() - 1) != 0 || at == 0 || !memory.isPresent(at)) {
        return Optional.of(
            "the link at 0x%x leads to 0x%x, which is not there".formatted(previous, at));
      }
      if (!seen.add(at)) {
        return Optional.of("the list returns to 0x%x and not to its head".formatted(at));
      }
      if (seen.size() > MAX_ENTRIES) {
        return Optional.of("cut off after %d entries".formatted(MAX_ENTRIES));
      }
      add(at - link);
      previous = at;
      at = form.pointer(memory, at + direction);
    }
    return Optional.empty();
  }

  private void add(long entry) {
    long base = form.pointer(memory, entry + form.base());
    if (base == 0 || (base & PAGE_MASK) != 0 || found.containsKey(base)) {
      return;
    }
    long size = memory.getInt(entry + form.size(), 0) & 0xffff_ffffL;
    Optional<String> path = text(entry + form.path());
    String name =
        text(entry + form.name())
            .or(() -> path.map(whole -> whole.substring(whole.lastIndexOf('\\') + 1)))
            .orElse("");
    Optional<String> version = PeImage.at(memory, base).flatMap(PeImage::fileVersion);
    WindowsModule traits = new WindowsModule(version, form.pointerBytes() * Byte.SIZE);
    found.put(base, new GuestModule(name, base, size, entry, path, traits));
  }

  private Optional<String> text(long address) {
    int length = memory.getShort(address);
    long buffer = form.pointer(memory, address + form.pointerBytes());
    return length <= 0 || (length & 1) != 0 || buffer == 0
        ? Optional.empty()
        : Kernel.utf16(memory, buffer, Math.min(length, MAX_NAME));
  }
}
