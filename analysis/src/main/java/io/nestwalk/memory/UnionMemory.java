package io.nestwalk.memory;

import io.nestwalk.image.Memory;
import io.nestwalk.paging.Translation;

/**
 * Two views of the same memory as one: what the first lacks, the second answers. Both lead to the
 * same memory below.
 */
public final class UnionMemory implements Layer {

  private final Layer first;
  private final Layer second;
  private final Memory below;

  private UnionMemory(Layer first, Layer second, Memory below) {
    this.first = first;
    this.second = second;
    this.below = below;
  }

  /** The union of two views. */
  public static UnionMemory of(Layer first, Layer second) {
    return new UnionMemory(first, second, first.below());
  }

  @Override
  public Memory below() {
    return below;
  }

  @Override
  public UnionMemory fork() {
    return of(first.fork(), second.fork());
  }

  @Override
  public int inputBits() {
    return Math.max(first.inputBits(), second.inputBits());
  }

  @Override
  public long translate(long address) {
    long translation = first.translate(address);
    return Translation.isFault(translation) ? translateBySecond(address, translation) : translation;
  }

  private long translateBySecond(long address, long fault) {
    long translation = second.translate(address);
    return Translation.isFault(translation) ? fault : translation;
  }

  /** What the tables lack the hypervisor's slots may know: then no table entry is read. */
  @Override
  public Passage pass(long address) {
    boolean bySecond =
        Translation.isFault(first.translate(address))
            && !Translation.isFault(second.translate(address));
    return bySecond ? second.pass(address) : first.pass(address);
  }

  @Override
  public Enumerated forEachRun(long from, long to, Budget budget, RunVisitor visitor) {
    Merging merging = new Merging(from, budget, visitor);
    Enumerated byFirst = first.forEachRun(from, to, budget, merging);
    if (merging.stopped != null) {
      return merging.stopped;
    }
    // What only the second knows is shown even where the tables of the first never end.
    Enumerated rest =
        merging.ended ? Enumerated.ALL : second.forEachRun(merging.next, to, budget, visitor);
    return byFirst.complete() ? rest : byFirst;
  }

  /** Shows what the second view has between the runs of the first. */
  private final class Merging implements RunVisitor {

    private final Budget budget;
    private final RunVisitor visitor;
    private long next;
    private boolean ended;
    private Enumerated stopped;

    Merging(long from, Budget budget, RunVisitor visitor) {
      next = from;
      this.budget = budget;
      this.visitor = visitor;
    }

    @Override
    public boolean run(
        long start, long target, long length, int pageShift, int permissions, PageState state) {
      if (Long.compareUnsigned(next, start) < 0) {
        Enumerated between = second.forEachRun(next, start - 1, budget, visitor);
        if (!between.complete()) {
          stopped = between;
          return false;
        }
      }
      next = start + length;
      ended = next == 0;
      if (!visitor.run(start, target, length, pageShift, permissions, state)) {
        stopped = Enumerated.cutFrom(start);
        return false;
      }
      return true;
    }
  }
}
