package io.nestwalk.memory;

import io.nestwalk.image.Memory;
import io.nestwalk.memory.Passage.TableRead;
import io.nestwalk.paging.DirectMappedCache;
import io.nestwalk.paging.LeafVisitor;
import io.nestwalk.paging.Translation;
import io.nestwalk.paging.Walk;
import io.nestwalk.paging.Walker;

/**
 * Memory as page tables show it: guest-physical memory through EPT, NPT or stage 2, virtual memory
 * through a process's root.
 *
 * <p>Keeps the last translations of each page. Threads may share one: an entry's page number is
 * kept mixed with its translation, so that halves which two threads wrote fit no page; {@link
 * #fork} gives a thread a cache of its own.
 */
public final class TranslatedMemory implements Layer {

  /** The unit in which translations are kept: the smallest page of any mode. */
  private static final int PAGE_SHIFT = 12;

  private static final long PAGE_MASK = (1L << PAGE_SHIFT) - 1;

  private final Memory below;
  private final Walker low;
  private final Walker high;

  /** Input page number to the translation of the page's first byte. */
  private final DirectMappedCache cache = DirectMappedCache.ofPages();

  private TranslatedMemory(Memory below, Walker low, Walker high) {
    this.below = below;
    this.low = low;
    this.high = high;
  }

  /**
   * Memory under one root.
   *
   * @param below the memory that translated addresses mean
   * @param walker the tables; they need not lie in {@code below} (shadow tables do not)
   */
  public static TranslatedMemory of(Memory below, Walker walker) {
    return new TranslatedMemory(below, walker, walker);
  }

  /**
   * Memory under two roots: {@code low} for addresses with bit 63 clear, {@code high} for others.
   */
  public static TranslatedMemory split(Memory below, Walker low, Walker high) {
    return new TranslatedMemory(below, low, high);
  }

  @Override
  public Memory below() {
    return below;
  }

  @Override
  public int inputBits() {
    return Math.max(low.mode().inputBits(), high.mode().inputBits());
  }

  private Walker walkerFor(long address) {
    return address < 0 ? high : low;
  }

  @Override
  public TranslatedMemory fork() {
    return new TranslatedMemory(
        below.fork(), low.over(low.tables().fork()), high.over(high.tables().fork()));
  }

  @Override
  public long translate(long address) {
    long page = cached(address);
    return Translation.isFault(page) ? page : page | (address & PAGE_MASK);
  }

  @Override
  public Passage pass(long address) {
    Walker walker = walkerFor(address);
    Walk walk = walker.tell(address);
    return new Passage(
        walk.translation(),
        walk.permissions(),
        walk.steps().stream()
            .map(step -> new TableRead(walker.tables(), step, walk.meaning(step)))
            .toList(),
        PageState.MAPPED);
  }

  @Override
  public Enumerated forEachRun(long from, long to, Budget budget, RunVisitor visitor) {
    if (low == high) {
      return forEachRun(low, from, to, budget, visitor);
    }
    if (from < 0 || to >= 0) {
      return forEachRun(walkerFor(from), from, to, budget, visitor);
    }
    Enumerated lower = forEachRun(low, from, Long.MAX_VALUE, budget, visitor);
    return lower.complete() ? forEachRun(high, Long.MIN_VALUE, to, budget, visitor) : lower;
  }

  private static Enumerated forEachRun(
      Walker walker, long from, long to, Budget budget, RunVisitor visitor) {
    Leaves leaves = new Leaves(from, to, budget, visitor);
    return walker.forEachLeaf(from, to, leaves) ? Enumerated.ALL : Enumerated.cutFrom(leaves.next);
  }

  /** Cuts leaves to what was asked for. */
  private static final class Leaves implements LeafVisitor {

    private final long from;
    private final long to;
    private final Budget budget;
    private final RunVisitor visitor;
    private long next;

    Leaves(long from, long to, Budget budget, RunVisitor visitor) {
      this.from = from & -PAGE;
      this.to = to | PAGE - 1;
      this.budget = budget;
      this.visitor = visitor;
      next = this.from;
    }

    @Override
    public boolean leaf(long address, long target, int shift, int permissions) {
      long last = address + (1L << shift) - 1;
      long start = Long.compareUnsigned(address, from) < 0 ? from : address;
      long end = Long.compareUnsigned(last, to) > 0 ? to : last;
      next = start;
      if (!budget.take()
          || !visitor.run(
              start,
              target + (start - address),
              end - start + 1,
              shift,
              permissions,
              PageState.MAPPED)) {
        return false;
      }
      next = end + 1;
      return true;
    }

    @Override
    public boolean mirror(long address, int shift, long like, int permissions) {
      next = address;
      if (!budget.take()
          || !visitor.run(
              address,
              PageRuns.NOT_MAPPED,
              1L << shift,
              shift,
              permissions,
              PageState.mirrorOf(like))) {
        return false;
      }
      next = address + (1L << shift);
      return true;
    }
  }

  private long cached(long address) {
    long number = address >>> PAGE_SHIFT;
    long kept = cache.find(number);
    if (kept != DirectMappedCache.NONE) {
      return kept;
    }
    long translation = walkerFor(address).translate(address & ~PAGE_MASK);
    cache.keep(number, translation);
    return translation;
  }
}
