package io.nestwalk.windows.memory;

import io.nestwalk.image.Memory;
import io.nestwalk.memory.AbsentMemory;
import io.nestwalk.memory.Budget;
import io.nestwalk.memory.Enumerated;
import io.nestwalk.memory.Layer;
import io.nestwalk.memory.Passage;
import io.nestwalk.memory.Passage.TableRead;
import io.nestwalk.memory.RunVisitor;
import io.nestwalk.memory.TranslatedMemory;
import io.nestwalk.paging.Fault;
import io.nestwalk.paging.Level;
import io.nestwalk.paging.Step;
import io.nestwalk.paging.Step.Outcome;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walker;
import io.nestwalk.windows.kernel.Kernel;
import java.util.ArrayList;
import java.util.List;

/**
 * A process's memory as Windows knows it: what its tables map, and beyond that the pages that the
 * system took from them or never put there. Pages that are still in memory are read; of the others
 * it is said where they are. For one thread at a time.
 */
final class ProcessMemory implements Layer {

  private static final int PAGE_SHIFT = 12;

  /**
   * So many pages that are not mapped are looked at in one enumeration: 64 GiB, not counting what
   * has no table. Tables that lie name each other without end; this many are a second's work.
   */
  private static final long PAGES = 1L << 24;

  private final Kernel kernel;
  private final Walker walker;
  private final TranslatedMemory hardware;
  private final List<Vad> vads;
  private final SoftwareForm form;
  private final PageFiles files;
  private final SoftPages pages;
  private final Memory beside;
  private final SoftPage page = new SoftPage();

  /**
   * A process's memory.
   *
   * @param walker its tables
   * @param hardware its memory as they have it
   * @param vads its descriptors, in ascending order
   */
  ProcessMemory(
      Kernel kernel,
      Walker walker,
      TranslatedMemory hardware,
      List<Vad> vads,
      SoftwareForm form,
      PageFiles files) {
    this.kernel = kernel;
    this.walker = walker;
    this.hardware = hardware;
    this.vads = vads;
    this.form = form;
    this.files = files;
    pages = new SoftPages(kernel, walker, hardware, vads, form);
    beside = files.files().isEmpty() ? AbsentMemory.INSTANCE : new PagedOut(pages, files);
  }

  @Override
  public Memory below() {
    return hardware.below();
  }

  @Override
  public Memory beside() {
    return beside;
  }

  @Override
  public int inputBits() {
    return hardware.inputBits();
  }

  @Override
  public ProcessMemory fork() {
    TranslatedMemory copy = hardware.fork();
    return new ProcessMemory(kernel, walker.over(walker.tables().fork()), copy, vads, form, files);
  }

  @Override
  public long translate(long address) {
    long translation = hardware.translate(address);
    if (translation >= 0 || Translation.fault(translation) != Fault.NOT_PRESENT) {
      return translation;
    }
    pages.find(address, page);
    return page.isInMemory()
        ? Translation.of(page.frame | (address & PAGE - 1), PAGE_SHIFT)
        : translation;
  }

  @Override
  public Passage pass(long address) {
    Passage passage = hardware.pass(address);
    if (passage.translation() >= 0
        || Translation.fault(passage.translation()) != Fault.NOT_PRESENT) {
      return passage;
    }
    List<TableRead> reads = new ArrayList<>(passage.reads());
    pages.find(address, page);
    if (page.kind == SoftPage.Kind.NONE) {
      return passage;
    }
    through(address, reads);
    if (page.prototype != 0) {
      prototype(reads);
    }
    return page.isInMemory()
        ? new Passage(
            Translation.of(page.frame | (address & PAGE - 1), PAGE_SHIFT),
            page.permissions,
            reads,
            page.state())
        : new Passage(passage.translation(), 0, reads, page.state());
  }

  /** Says what the last entries of the hardware's walk mean to the system. */
  private void through(long address, List<TableRead> reads) {
    int bottom = walker.mode().levels().size() - 1;
    TableRead last = reads.removeLast();
    int level = walker.mode().levels().indexOf(last.step().level());
    while (level < bottom && SoftwareForm.isTransition(last.step().entry())) {
      long table = form.frameOf(last.step().entry());
      reads.add(said(last, "table in transition 0x%x".formatted(table)));
      level++;
      last = read(walker.mode().levels().get(level), table, address);
    }
    boolean direct = page.prototype == 0;
    reads.add(said(last, direct ? words() : "the prototype at 0x%x".formatted(page.prototype)));
  }

  private TableRead read(Level level, long table, long address) {
    int bytes = walker.mode().entry().bytes();
    long at = table + (long) level.index(address) * bytes;
    boolean readable = walker.tables().isPresent(at);
    long entry =
        bytes == Long.BYTES
            ? walker.tables().getLong(at, 0)
            : walker.tables().getInt(at, 0) & 0xffff_ffffL;
    Fault fault = readable ? Fault.NOT_PRESENT : Fault.TABLE_MISSING;
    return new TableRead(
        walker.tables(),
        new Step(level, table, at, entry, readable, Outcome.FAULT, 0, fault),
        fault.toString());
  }

  private static TableRead said(TableRead read, String more) {
    return new TableRead(read.tables(), read.step(), read.meaning() + "; " + more);
  }

  private String words() {
    String state = page.state().toString();
    return page.isInMemory() ? "%s, page 0x%x".formatted(state, page.frame) : state;
  }

  private void prototype(List<TableRead> reads) {
    long at = pages.physicalOf(page.prototype);
    if (at >= 0) {
      Level level =
          new Level(
              "prototype", PAGE_SHIFT, 0, true, walker.mode().bottom().leafAddress(), 0, 0, true);
      reads.add(
          new TableRead(
              walker.tables(),
              new Step(
                  level,
                  at & -PAGE,
                  at,
                  pages.entryAt(page.prototype),
                  true,
                  page.isInMemory() ? Outcome.LEAF : Outcome.FAULT,
                  page.isInMemory() ? page.frame : 0,
                  page.isInMemory() ? null : Fault.NOT_PRESENT),
              words()));
    }
  }

  @Override
  public Enumerated forEachRun(long from, long to, Budget budget, RunVisitor visitor) {
    Filler filler = new Filler(from & -PAGE, budget, visitor);
    Enumerated shown =
        hardware.forEachRun(
            from,
            to,
            budget,
            (start, below, length, shift, permissions, state) -> {
              if (!filler.upTo(start)
                  || !visitor.run(start, below, length, shift, permissions, state)) {
                return false;
              }
              filler.next = start + length;
              return true;
            });
    if (!shown.complete()) {
      return Enumerated.cutFrom(
          Long.compareUnsigned(filler.next, shown.cutFrom()) < 0 ? filler.next : shown.cutFrom());
    }
    return filler.upTo((to | PAGE - 1) + 1) ? Enumerated.ALL : Enumerated.cutFrom(filler.next);
  }

  /** Shows what lies between the runs that the hardware maps. */
  private final class Filler {

    private final Budget budget;
    private final RunVisitor visitor;
    private final SoftPage pending = new SoftPage();
    private long start;
    private long length;
    private long left = PAGES;

    /** The first address of which nothing was shown. */
    private long next;

    Filler(long from, Budget budget, RunVisitor visitor) {
      next = from;
      this.budget = budget;
      this.visitor = visitor;
    }

    /** Shows all descriptors' pages below {@code end}, 0 for the end of all addresses. */
    boolean upTo(long end) {
      int index = VadTree.indexOf(vads, next);
      for (int i = index < 0 ? -1 - index : index; i < vads.size(); i++) {
        Vad vad = vads.get(i);
        if (end != 0 && Long.compareUnsigned(vad.start(), end) >= 0) {
          break;
        }
        long first = Long.compareUnsigned(vad.start(), next) > 0 ? vad.start() : next;
        long limit = end != 0 && Long.compareUnsigned(end, vad.end()) < 0 ? end : vad.end();
        if (!pages(vad, first, limit)) {
          return false;
        }
      }
      if (!flush()) {
        return false;
      }
      next = end;
      return true;
    }

    private boolean pages(Vad vad, long from, long end) {
      for (long address = from; address != end; ) {
        if (--left < 0) {
          flush();
          return false;
        }
        long after = pages.find(vad, address, end, page);
        if (page.kind != SoftPage.Kind.NONE && !add(address, after - address)) {
          return false;
        }
        address = after;
      }
      return true;
    }

    private boolean add(long address, long size) {
      if (length > 0 && start + length == address && page.continues(pending, length)) {
        length += size;
        return true;
      }
      if (!flush()) {
        return false;
      }
      page.copyTo(pending);
      start = address;
      length = size;
      return true;
    }

    private boolean flush() {
      if (length == 0) {
        return true;
      }
      long size = length;
      length = 0;
      next = start;
      if (!budget.take()
          || !visitor.run(
              start, pending.frame, size, PAGE_SHIFT, pending.permissions, pending.state())) {
        return false;
      }
      next = start + size;
      return true;
    }
  }
}
