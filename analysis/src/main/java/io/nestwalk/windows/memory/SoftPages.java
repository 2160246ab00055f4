package io.nestwalk.windows.memory;

import io.nestwalk.memory.PageRuns;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.AddressField;
import io.nestwalk.paging.Permissions;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.windows.kernel.Kernel;
import java.util.List;
import java.util.Optional;

/**
 * Tells what the pages are that a process's tables do not map: by their entries, by the prototype
 * entries of the sections that the process maps, and by its descriptors. For one thread.
 */
final class SoftPages {

  private static final int PAGE_SHIFT = 12;

  private final Kernel kernel;
  private final TranslatedMemory hardware;
  private final List<Vad> vads;
  private final SoftwareForm form;
  private final Sections sections;
  private final TableEntries entries;
  private final TableEntries kernelEntries;
  private final AddressField pageAddress;

  SoftPages(
      Kernel kernel, Walker walker, TranslatedMemory hardware, List<Vad> vads, SoftwareForm form) {
    this.kernel = kernel;
    this.hardware = hardware;
    this.vads = vads;
    this.form = form;
    sections = new Sections(kernel, hardware, form.entryBytes());
    entries = new TableEntries(walker, Optional.of(form));
    kernelEntries = new TableEntries(walker, Optional.of(form));
    pageAddress = walker.mode().bottom().leafAddress();
  }

  /** What the page at an address is that the hardware does not map. */
  void find(long address, SoftPage page) {
    int index = VadTree.indexOf(vads, address);
    long start = address & -1L << PAGE_SHIFT;
    find(index < 0 ? null : vads.get(index), start, start + (1L << PAGE_SHIFT), page);
  }

  /**
   * What a page is, and how many after it are the same for lack of a table.
   *
   * @param vad the descriptor that covers the page, null for none
   * @param end where to stop
   * @return one past the last address of which {@code page} is true
   */
  long find(Vad vad, long address, long end, SoftPage page) {
    page.clear();
    entries.find(address);
    long one = address + (1L << PAGE_SHIFT);
    if (!entries.isReadable()) {
      return entries.next(address, end);
    }
    if (entries.isPage()) {
      entry(vad, address, entries.entry(), page);
    } else if (!entries.isPresent()) {
      untouched(vad, address, page);
      long same = alike(vad, address, end, page);
      long next = entries.next(address, end);
      return Long.compareUnsigned(same, next) < 0 ? same : next;
    }
    if (page.kind != SoftPage.Kind.NONE && !kernel.isKernelAddress(address)) {
      page.permissions |= Permissions.USER;
    }
    return one;
  }

  /**
   * How far what a descriptor says of a page is true of those after it, where no table says more. A
   * section without a prototype for a page has none for any page behind it; what is missing of its
   * prototypes is missing by pages of them.
   */
  private long alike(Vad vad, long address, long end, SoftPage page) {
    if (vad == null || vad.section().isEmpty()) {
      return end;
    }
    Vad.View view = vad.section().get();
    long prototype =
        sections.of(view.subsection()).prototypeOf(view, (address - vad.start()) >>> PAGE_SHIFT);
    if (prototype == 0) {
      return end;
    }
    long missing =
        page.kind == SoftPage.Kind.NONE
            ? ((1L << PAGE_SHIFT) - (prototype & (1L << PAGE_SHIFT) - 1)) / form.entryBytes()
            : 1;
    return address + (Math.max(1, missing) << PAGE_SHIFT);
  }

  private void entry(Vad vad, long address, long entry, SoftPage page) {
    if (entries.isPresent()) {
      // Under a table in transition: the processor does not come here.
      page.kind = SoftPage.Kind.TRANSITION;
      page.frame = pageAddress.in(entry);
      page.permissions = allowed(vad, new Protection(0));
    } else if (entry == 0) {
      untouched(vad, address, page);
    } else if (form.isLookup(entry)) {
      if (vad != null && vad.section().isPresent()) {
        viewed(vad, address, page);
        page.permissions = allowed(vad, form.protectionOf(entry));
      }
    } else if (SoftwareForm.isPrototype(entry)) {
      named(vad, entry, page);
    } else {
      software(entry, page);
      page.permissions = allowed(vad, form.protectionOf(entry));
    }
  }

  /** An entry that says nothing: the descriptor knows. */
  private void untouched(Vad vad, long address, SoftPage page) {
    if (vad == null) {
      return;
    }
    if (vad.section().isPresent()) {
      viewed(vad, address, page);
    } else {
      page.kind = SoftPage.Kind.UNTOUCHED;
    }
    page.permissions = allowed(vad, new Protection(0));
    if (!kernel.isKernelAddress(address)) {
      page.permissions |= Permissions.USER;
    }
  }

  /** A page of a section that the descriptor shows. */
  private void viewed(Vad vad, long address, SoftPage page) {
    Vad.View view = vad.section().orElseThrow();
    Section section = sections.of(view.subsection());
    long prototype = section.prototypeOf(view, (address - vad.start()) >>> PAGE_SHIFT);
    if (prototype == 0) {
      page.kind = SoftPage.Kind.UNTOUCHED;
    } else {
      shared(prototype, section, page);
    }
  }

  /**
   * A prototype entry that a page's entry names. Whether Windows hides these addresses too is not
   * known: that one counts that is one of the section's.
   */
  private void named(Vad vad, long entry, SoftPage page) {
    long plain = form.prototypeOf(entry);
    long raw = form.rawPrototypeOf(entry);
    Section section = Section.UNKNOWN;
    long prototype = raw;
    if (vad != null && vad.section().isPresent()) {
      Vad.View view = vad.section().get();
      section = sections.of(view.subsection());
      prototype = view.contains(plain) || section.contains(plain) ? plain : raw;
    }
    if ((prototype & form.entryBytes() - 1) == 0 && kernel.isKernelAddress(prototype)) {
      shared(prototype, section, page);
      page.permissions = allowed(vad, form.protectionOf(entry));
    }
  }

  private void shared(long prototype, Section section, SoftPage page) {
    long physical = physicalOf(prototype);
    if (physical < 0) {
      return;
    }
    page.prototype = prototype;
    long entry = valueAt(physical);
    if ((entry & 1) != 0) {
      page.kind = SoftPage.Kind.PROTOTYPE;
      page.frame = pageAddress.in(entry);
    } else if (SoftwareForm.isPrototype(entry)) {
      long offset = section.fileOffset(prototype);
      page.kind = SoftPage.Kind.FILE;
      page.file = section.path();
      page.offset = Math.max(0, offset);
    } else if (entry == 0) {
      page.kind = SoftPage.Kind.UNTOUCHED;
    } else {
      software(entry, page);
    }
  }

  /** An entry, of a table or a prototype, that names no prototype. */
  private void software(long entry, SoftPage page) {
    if (SoftwareForm.isTransition(entry)) {
      page.kind = SoftPage.Kind.TRANSITION;
      page.frame = frameOf(entry);
      return;
    }
    long plain = form.plain(entry);
    long number = form.fileNumber().in(plain);
    long position = form.fileOffset().in(plain);
    if (number == 0 && position == 0) {
      boolean given = form.protectionOf(entry).code() == Protection.DECOMMITTED;
      page.kind = given ? SoftPage.Kind.DECOMMITTED : SoftPage.Kind.DEMAND_ZERO;
      return;
    }
    page.kind =
        (entry & form.inStoreBit()) != 0 ? SoftPage.Kind.COMPRESSED : SoftPage.Kind.PAGEFILE;
    page.store = (int) number;
    page.offset = position << PAGE_SHIFT;
  }

  /** The mask may be wrong of a single entry: what is in memory counts. */
  private long frameOf(long entry) {
    long frame = form.frameOf(entry);
    long raw = form.frame().in(entry) << PAGE_SHIFT;
    return raw != frame && !kernel.physical().isPresent(frame) && kernel.physical().isPresent(raw)
        ? raw
        : frame;
  }

  private static int allowed(Vad vad, Protection own) {
    if (own.code() != 0) {
      return own.accessOfOriginal();
    }
    return vad == null ? 0 : vad.protection().accessOfOriginal();
  }

  /** The prototype entry at a kernel address, 0 when it is not there. */
  long entryAt(long prototype) {
    long physical = physicalOf(prototype);
    return physical < 0 ? 0 : valueAt(physical);
  }

  private long valueAt(long physical) {
    return form.entryBytes() == Long.BYTES
        ? hardware.below().getLong(physical, 0)
        : hardware.below().getInt(physical, 0) & 0xffff_ffffL;
  }

  /** The physical address of a kernel address, also of a page in transition; -1 for none. */
  long physicalOf(long address) {
    long translation = hardware.translate(address);
    long physical = PageRuns.NOT_MAPPED;
    if (translation >= 0) {
      physical = Translation.address(translation);
    } else {
      kernelEntries.find(address);
      if (kernelEntries.isPage() && SoftwareForm.isTransition(kernelEntries.entry())) {
        physical = frameOf(kernelEntries.entry()) | (address & (1L << PAGE_SHIFT) - 1);
      }
    }
    return physical >= 0 && hardware.below().isPresent(physical) ? physical : -1;
  }
}
